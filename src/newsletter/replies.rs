//! What servers said about many letters, by how often: one line for what is the same but for an address or the server's number for it.

use std::collections::BTreeMap;

use crate::newsletter::delivery::State;
use crate::value::reply::Reply;

/// A reply, and how many deliveries in a state it was given to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Where the deliveries stand.
    pub state: State,
    /// The reply, as one of them got it.
    pub reply: Reply,
    /// How many deliveries.
    pub count: u64,
}

/// What makes two replies the same.
type Same = (State, &'static str, u16, Option<[u16; 3]>, String);

/// Takes replies, each with its count, and puts together what is the same: by state, the most frequent first. Of those that are put together the first stands for all.
#[must_use]
pub fn grouped(all: impl IntoIterator<Item = Counted>) -> Vec<Counted> {
    let mut groups: BTreeMap<Same, Counted> = BTreeMap::new();
    for counted in all {
        let Counted { state, reply, count } = &counted;
        let same = (*state, reply.stage.word(), reply.code, reply.enhanced, constant(reply));
        match groups.get_mut(&same) {
            Some(group) => group.count += count,
            None => drop(groups.insert(same, counted)),
        }
    }
    let mut groups: Vec<Counted> = groups.into_values().collect();
    // Sorting is stable: what is as frequent stays in the order of what it says.
    groups.sort_by(|one, other| one.state.cmp(&other.state).then(other.count.cmp(&one.count)));
    groups
}

/// What a reply says in every letter's case: masked addresses, queue ids, times and IP addresses differ from letter to letter. What the program itself said of a connection has none of
/// these but the server's name, which tells one from another.
fn constant(reply: &Reply) -> String {
    if reply.code == 0 {
        return reply.text.to_string();
    }
    let is_constant = |word: &&str| !word.contains(|c: char| c == '…' || c.is_ascii_digit());
    reply.text.split(' ').filter(is_constant).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::reply::Stage;

    fn counted(state: State, reply: Reply, count: u64) -> Counted {
        Counted { state, reply, count }
    }

    #[test]
    fn the_same_reason_is_one_line_whatever_the_server_calls_the_letter() {
        let gmail = |id: &str| {
            Reply::read(
                Stage::Body,
                550,
                [format!("5.7.26 Unauthenticated mail. See https://a.example/81126 {id} - gsmtp").as_str()],
            )
        };
        let rcpt = |line| Reply::read(Stage::Rcpt, 550, [line]);
        let lost = |host: &str| Reply::broken(Stage::Body, &format!("{host} closed the connection"));
        let groups = grouped([
            counted(State::Bounced, rcpt("5.1.1 <j…@e….com> unknown"), 2),
            counted(State::Rejected, rcpt("5.7.1 relay access denied"), 2),
            counted(State::Rejected, gmail("a1b2si3.4"), 1),
            counted(State::Rejected, gmail("c5d6si7.8"), 1),
            counted(State::Rejected, gmail("e9f0si1.2"), 1),
            counted(State::Bounced, rcpt("5.1.1 <b…@o….net> unknown"), 5),
            counted(State::Bounced, rcpt("5.1.6 <b…@o….net> unknown"), 1),
            counted(State::InDoubt, lost("mx1.example.com"), 1),
            counted(State::InDoubt, lost("mx2.example.com"), 1),
        ]);
        let said: Vec<String> =
            groups.iter().map(|group| format!("{} {} {}", group.count, group.state, group.reply)).collect();
        assert_eq!(
            said,
            [
                "7 bounced 550 5.1.1 <j…@e….com> unknown",
                "1 bounced 550 5.1.6 <b…@o….net> unknown",
                "3 rejected 550 5.7.26 Unauthenticated mail. See https://a.example/81126 a1b2si3.4 - gsmtp",
                "2 rejected 550 5.7.1 relay access denied",
                "1 in_doubt mx1.example.com closed the connection",
                "1 in_doubt mx2.example.com closed the connection",
            ]
        );
    }

    #[test]
    fn another_stage_or_code_is_another_reason() {
        let at = |stage, code| counted(State::Deferred, Reply::read(stage, code, ["later"]), 1);
        assert_eq!(grouped([at(Stage::Rcpt, 450), at(Stage::Rcpt, 451), at(Stage::Mail, 450)]).len(), 3);
        assert_eq!(
            grouped([at(Stage::Rcpt, 450), at(Stage::Rcpt, 450)]),
            [counted(State::Deferred, Reply::read(Stage::Rcpt, 450, ["later"]), 2)]
        );
    }
}
