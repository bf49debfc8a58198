//! The addresses of a text, numbered in the order in which it first names them.

use std::fmt::Write;

/// Addresses by number.
#[derive(Clone, Debug, Default)]
pub struct Links {
    first: usize,
    addresses: Vec<String>,
}

impl Links {
    /// None yet; the first one will have the number after `last`, so that one mail of many texts has each number once.
    #[must_use]
    pub fn after(last: usize) -> Self {
        Self { first: last, addresses: Vec::new() }
    }

    /// The number of an address; one that has a number keeps it.
    pub fn number(&mut self, address: &str) -> usize {
        let at = self.addresses.iter().position(|known| known == address).unwrap_or_else(|| {
            self.addresses.push(address.to_owned());
            self.addresses.len() - 1
        });
        self.first + at + 1
    }

    /// The last number that was given.
    #[must_use]
    pub fn last(&self) -> usize {
        self.first + self.addresses.len()
    }

    /// The list, a line each: `[1] https://example.com/`. Empty where there are none.
    #[must_use]
    pub fn list(&self) -> String {
        self.list_as(&str::to_owned)
    }

    /// The list with each address as `written` gives it.
    #[must_use]
    pub fn list_as(&self, written: &dyn Fn(&str) -> String) -> String {
        let mut list = String::new();
        for (at, address) in self.addresses.iter().enumerate() {
            let _ = writeln!(list, "[{}] {}", self.first + at + 1, written(address));
        }
        list
    }
}
