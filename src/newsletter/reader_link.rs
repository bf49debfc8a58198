//! The two places of an issue's mail that differ from reader to reader: the ends of its links. A frozen issue has stand-ins there, as long as the tokens that take their places.

/// Octets of a token ([`crate::subscriber::token`]), and of both stand-ins.
pub const LENGTH: usize = 60;

/// Stands for the token of the link that ends the subscription, after `unsubscribe/`.
pub const UNSUBSCRIBE: &str = "letterpress-stand-in-for-a-token-of-one-reader-unsubscribe-0";

/// Stands for the token of the link to the settings, after `manage/`.
pub const MANAGE: &str = "letterpress-stand-in-for-a-token-of-one-reader-manage-000000";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_are_as_long_as_tokens() {
        assert_eq!((UNSUBSCRIBE.len(), MANAGE.len()), (LENGTH, LENGTH));
    }
}
