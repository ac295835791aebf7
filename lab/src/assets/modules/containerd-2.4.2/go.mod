module antrea-lab/containerd-2.4.2

go 1.26.6

require github.com/containerd/containerd/v2 v2.4.2 // indirect
