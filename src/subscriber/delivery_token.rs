//! What stands for one delivery in an address for bounces, or in a header that a relay sends back to us: nobody can make one, and nobody can tell from it
//! how many deliveries there are.
//!
//! Base32 (RFC 4648 §6) in lower case, since servers may change the case of what stands before the `@`, without padding, of
//!
//! ```text
//! key id (4) ‖ delivery (8), masked ‖ the first 16 octets of HMAC-SHA256 (RFC 2104 §5) of key id and delivery
//! ```
//!
//! The mask is the beginning of the HMAC, under another label, of those 16 octets.

use data_encoding::BASE32_NOPAD;

use crate::subscriber::keys::KeyRing;

/// Octets of the tag.
const MAC: usize = 16;
/// Told apart from whatever else the key signs.
const SIGNED: &[u8] = b"letterpress delivery 1";
/// What the mask is made under.
const MASK: &[u8] = b"letterpress delivery mask 1";

/// The token of a delivery, by its number in the ledger: 45 letters and digits.
#[must_use]
pub fn sign(keys: &KeyRing, delivery: i64) -> String {
    // A ring without a signing key is refused when it is read.
    let (id, tag) = keys.sign(|id| [SIGNED, id, &delivery.to_be_bytes()].concat()).unwrap_or_default();
    let mac = &tag[..MAC];
    let mask = keys.tag_of(id, &[MASK, mac].concat()).unwrap_or_default();
    let octets = [&id[..], &masked(delivery.to_be_bytes(), &mask), mac].concat();
    BASE32_NOPAD.encode(&octets).to_ascii_lowercase()
}

/// The delivery that a token stands for; `None` for any other text. Case does not count.
#[must_use]
pub fn read(keys: &KeyRing, token: &str) -> Option<i64> {
    let octets = BASE32_NOPAD.decode(token.to_ascii_uppercase().as_bytes()).ok()?;
    let (id, rest) = octets.split_first_chunk::<4>()?;
    let (delivery, mac) = rest.split_first_chunk::<8>()?;
    let mac: &[u8; MAC] = mac.try_into().ok()?;
    let mask = keys.tag_of(*id, &[MASK, mac].concat())?;
    let delivery = masked(*delivery, &mask);
    let is_ours = keys.verifies(*id, &[SIGNED, id, &delivery].concat(), mac);
    is_ours.then(|| i64::from_be_bytes(delivery))
}

fn masked(delivery: [u8; 8], mask: &[u8; 32]) -> [u8; 8] {
    let mut out = delivery;
    out.iter_mut().zip(mask).for_each(|(octet, mask)| *octet ^= mask);
    out
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::value::return_path::TOKEN_LENGTH;

    fn ring() -> KeyRing {
        KeyRing::generate(Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn old_keys_read_and_foreign_ones_do_not() {
        let keys = ring();
        let token = sign(&keys, 7);
        assert_eq!(read(&keys, &token.to_uppercase()), Some(7));
        let rotated = keys.clone().rotated(Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(read(&rotated, &token), Some(7));
        assert_ne!(sign(&rotated, 7), token);
        assert_eq!(read(&ring(), &token), None);
        // Neighbours have nothing in common but the key's id.
        let (one, other) = (sign(&keys, 1), sign(&keys, 2));
        assert_eq!(one[..6], other[..6]);
        let common = one.bytes().zip(other.bytes()).skip(7).filter(|(one, other)| one == other).count();
        assert!(common < 15, "{one} {other}");
    }

    proptest! {
        #[test]
        fn comes_back_and_cannot_be_altered(delivery in any::<i64>(), at in 0..28 * 8_usize, cut in 0..TOKEN_LENGTH) {
            let keys = ring();
            let token = sign(&keys, delivery);
            prop_assert_eq!(token.len(), TOKEN_LENGTH);
            prop_assert!(token.bytes().all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit()));
            prop_assert_eq!(read(&keys, &token), Some(delivery));
            let mut octets = BASE32_NOPAD.decode(token.to_ascii_uppercase().as_bytes()).unwrap();
            octets[at / 8] ^= 1 << (at % 8);
            prop_assert_eq!(read(&keys, &BASE32_NOPAD.encode(&octets)), None);
            prop_assert_eq!(read(&keys, &token[..cut]), None);
        }

        #[test]
        fn any_text_is_read(text in "\\PC{0,60}") {
            prop_assert_eq!(read(&ring(), &text), None);
        }
    }
}
