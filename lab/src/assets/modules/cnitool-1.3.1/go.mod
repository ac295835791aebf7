module antrea-lab/cnitool-1.3.1

go 1.26.0

require github.com/containernetworking/cni v1.3.1
