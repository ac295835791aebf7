export { type CertificateTerms, defaultTerms, type ServingCertificate } from "./rotation.ts";
