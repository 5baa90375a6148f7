//! The payload of cosign's tag layout ("simple signing"): what was signed about which image.

use serde_json::Value;

/// The media type of a payload.
pub(crate) const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// The annotation with the signature, in base64.
pub(crate) const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
/// The annotation with the certificate, for signatures without a key of one's own.
pub(crate) const CERTIFICATE: &str = "dev.sigstore.cosign/certificate";

/// The digest of the image that a payload is about.
///
/// # Errors
/// What it lacks to be a payload.
pub(crate) fn subject(payload: &[u8]) -> Result<String, &'static str> {
    let payload: Value = serde_json::from_slice(payload).map_err(|_| "its payload is no JSON")?;
    let text = |pointer: &str| payload.pointer(pointer).and_then(Value::as_str);
    if text("/critical/type") != Some("cosign container image signature") {
        return Err("its payload is not one of an image's signature");
    }
    let digest = text("/critical/image/docker-manifest-digest");
    digest.map(str::to_owned).ok_or("its payload names no image")
}
