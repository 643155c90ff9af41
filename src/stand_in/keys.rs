//! The key pair that a new App is given. The one room that makes RSA keys; their randomness is the library's own, for it
//! takes no other.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A private and the public key to it, both as PEM.
pub(super) struct Keys {
    pub private: String,
    pub public: String,
}

/// Makes an RSA key of 2048 bits. Takes a moment: not for the threads that answer.
pub(super) fn generate() -> Result<Keys, aws_lc_rs::error::Unspecified> {
    let pair = KeyPair::generate(KeySize::Rsa2048)?;
    let private: Pkcs8V1Der<'_> = pair.as_der()?;
    let public: PublicKeyX509Der<'_> = aws_lc_rs::signature::KeyPair::public_key(&pair).as_der()?;
    Ok(Keys {
        private: private_pem(private.as_ref()),
        public: pem("PUBLIC KEY", public.as_ref()),
    })
}

/// GitHub hands the key out in the older of the two forms: the newer one (PKCS #8) without its wrapping.
fn private_pem(wrapped: &[u8]) -> String {
    // A sequence, the version, the algorithm and an octet string with the key: for 2048 bits all of fixed length.
    const WRAPPING: usize = 26;
    const OCTET_STRING: [u8; 2] = [0x04, 0x82];
    match wrapped.split_at_checked(WRAPPING) {
        Some((head, key)) if head[22..24] == OCTET_STRING => pem("RSA PRIVATE KEY", key),
        _ => pem("PRIVATE KEY", wrapped),
    }
}

fn pem(what: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut lines = format!("-----BEGIN {what}-----\n");
    for (index, c) in text.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            lines.push('\n');
        }
        lines.push(c);
    }
    lines.push_str(&format!("\n-----END {what}-----\n"));
    lines
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_one_key_signs_the_other_knows() {
        use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
        let keys = super::generate().unwrap();
        let signing = EncodingKey::from_rsa_pem(keys.private.as_bytes()).unwrap();
        let claims = serde_json::json!({"iss": "7", "exp": 4_000_000_000_u64});
        let token = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &signing);
        let known = DecodingKey::from_rsa_pem(keys.public.as_bytes()).unwrap();
        let read = jsonwebtoken::decode::<serde_json::Value>(
            &token.unwrap(),
            &known,
            &Validation::new(Algorithm::RS256),
        );
        assert_eq!(read.unwrap().claims["iss"], "7");
    }
}
