//! The people that rows name: found by an address that follows from the name, made as they come.

use std::collections::HashMap;

use erp_core::{
    Conflict, Ctx, Engine, Error,
    access::{NewUser, UserFilter},
    ids::{RoleId, UserId},
    page::PageRequest,
};
use sha2::{Digest, Sha256};

/// They get addresses at a domain that never exists.
const DOMAIN: &str = "import.invalid";

/// People who were met, and how many of them are new. New ones cannot log in.
pub struct People<'a> {
    engine: &'a Engine,
    ctx: &'a Ctx,
    /// What new ones are.
    roles: Vec<RoleId>,
    known: HashMap<String, UserId>,
    pub new: usize,
}

impl<'a> People<'a> {
    /// Over what the store holds; new ones get these roles.
    pub fn open(engine: &'a Engine, ctx: &'a Ctx, roles: Vec<RoleId>) -> Self {
        Self { engine, ctx, roles, known: HashMap::new(), new: 0 }
    }

    /// How many the rows named.
    pub fn met(&self) -> usize {
        self.known.len()
    }

    /// The person of this name.
    pub async fn named(&mut self, name: &str) -> Result<UserId, Error> {
        if let Some(id) = self.known.get(name) {
            return Ok(*id);
        }
        let email = address(name);
        let id = match self.user_of(&email).await? {
            Some(id) => id,
            None => self.create(name, &email).await?,
        };
        self.known.insert(name.to_owned(), id);
        Ok(id)
    }

    async fn create(&mut self, name: &str, email: &str) -> Result<UserId, Error> {
        let new = NewUser {
            email: email.to_owned(),
            display_name: name.to_owned(),
            password: None,
            roles: self.roles.clone(),
        };
        match self.engine.access().create_user(self.ctx, new).await {
            Ok(user) => {
                self.new += 1;
                Ok(user.id)
            }
            // Someone else made him in the meantime.
            Err(Error::Conflict(taken)) if taken == Conflict::taken("user", "email") => {
                let known = self.user_of(email).await?;
                known.ok_or(Error::Conflict(taken))
            }
            Err(error) => Err(error),
        }
    }

    /// The user with this address.
    pub async fn user_of(&self, email: &str) -> Result<Option<UserId>, Error> {
        let filter = UserFilter { search: Some(email.to_owned()), ..UserFilter::default() };
        let page = self.engine.access().users(self.ctx, filter, PageRequest::default()).await?;
        let same = |user: &&erp_core::access::UserView| {
            user.email.as_ref().is_some_and(|known| known.key() == email)
        };
        Ok(page.items.iter().find(same).map(|user| user.id))
    }
}

/// The address of a person: always the same for one name, and another one for another name.
fn address(name: &str) -> String {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    if (1..=48).contains(&name.len()) && name.bytes().all(plain) {
        return format!("{name}@{DOMAIN}");
    }
    let digest = Sha256::digest(name);
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    // No plain name has a sign that is not plain.
    format!("name+{hex}@{DOMAIN}")
}

#[cfg(test)]
mod tests {
    use erp_core::access::Email;

    use super::address;

    #[test]
    fn an_address_follows_from_the_name_and_from_no_other() {
        assert_eq!(address("member-0626"), "member-0626@import.invalid");
        let names =
            ["Zoë", "zoë", "A B", "a b", "a@b", "", &"x".repeat(300), "member-1", "Member-1"];
        let made: std::collections::BTreeSet<_> = names.iter().map(|name| address(name)).collect();
        assert_eq!(made.len(), names.len());
        for address in made {
            assert!(Email::new(&address).is_ok_and(|email| email.key() == address), "{address}");
        }
    }
}
