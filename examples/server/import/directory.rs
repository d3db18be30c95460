//! The rooms and authors of the rows: found by name and address, made as they come.

use std::collections::HashMap;

use anyhow::Context;
use erp_core::{
    Conflict, Ctx, Engine, Error,
    access::{NewUser, UserFilter},
    chat::{NewRoom, RoomKind},
    ids::{RoomId, UserId},
    page::PageRequest,
};
use sha2::{Digest, Sha256};

use super::{
    report::refusal,
    row::{Reason, Row},
};

/// Authors get addresses at a domain that never exists.
const DOMAIN: &str = "import.invalid";

/// Rooms and authors that were met, and how many of them are new.
pub struct Directory<'a> {
    engine: &'a Engine,
    ctx: &'a Ctx,
    /// The channels that were there before, by their names without regard to case.
    channels: HashMap<String, RoomId>,
    rooms: HashMap<String, RoomId>,
    authors: HashMap<String, UserId>,
    pub new_rooms: usize,
    pub new_authors: usize,
}

impl<'a> Directory<'a> {
    /// The directory over what the store holds.
    pub async fn open(engine: &'a Engine, ctx: &'a Ctx) -> anyhow::Result<Self> {
        let channels = channels(engine, ctx).await.context("cannot list the channels")?;
        let (rooms, authors) = (HashMap::new(), HashMap::new());
        Ok(Self { engine, ctx, channels, rooms, authors, new_rooms: 0, new_authors: 0 })
    }

    /// How many rooms the rows named.
    pub fn rooms(&self) -> usize {
        self.rooms.len()
    }

    /// How many authors the rows named.
    pub fn authors(&self) -> usize {
        self.authors.len()
    }

    /// The room and the author of a row; or the reason why it can have none.
    pub async fn place(&mut self, row: &Row) -> anyhow::Result<Result<(RoomId, UserId), Reason>> {
        let place = async { Ok((self.room(&row.room).await?, self.author(&row.user).await?)) };
        match place.await {
            Ok(place) => Ok(Ok(place)),
            Err(error) => refusal(error).map(Err),
        }
    }

    async fn room(&mut self, name: &str) -> Result<RoomId, Error> {
        if let Some(id) = self.rooms.get(name) {
            return Ok(*id);
        }
        let id = match self.channels.get(&name.trim().to_lowercase()) {
            Some(id) => *id,
            None => self.open_channel(name).await?,
        };
        self.rooms.insert(name.to_owned(), id);
        Ok(id)
    }

    async fn open_channel(&mut self, name: &str) -> Result<RoomId, Error> {
        let new = NewRoom {
            kind: RoomKind::Channel,
            name: name.to_owned(),
            topic: Some("Taken over from another chat".to_owned()),
            project: None,
            history: None,
            members: Vec::new(),
        };
        match self.engine.chat().create_room(self.ctx, new).await {
            Ok(room) => {
                self.new_rooms += 1;
                Ok(room.id)
            }
            // Someone else opened it in the meantime.
            Err(Error::Conflict(Conflict::RoomNameTaken)) => {
                self.channels = channels(self.engine, self.ctx).await?;
                let known = self.channels.get(&name.trim().to_lowercase()).copied();
                known.ok_or(Error::Conflict(Conflict::RoomNameTaken))
            }
            Err(error) => Err(error),
        }
    }

    async fn author(&mut self, name: &str) -> Result<UserId, Error> {
        if let Some(id) = self.authors.get(name) {
            return Ok(*id);
        }
        let email = address(name);
        let id = match self.user_of(&email).await? {
            Some(id) => id,
            None => self.create(name, &email).await?,
        };
        self.authors.insert(name.to_owned(), id);
        Ok(id)
    }

    async fn create(&mut self, name: &str, email: &str) -> Result<UserId, Error> {
        let new = NewUser {
            email: email.to_owned(),
            display_name: name.to_owned(),
            password: None,
            roles: Vec::new(),
        };
        match self.engine.access().create_user(self.ctx, new).await {
            Ok(user) => {
                self.new_authors += 1;
                Ok(user.id)
            }
            Err(Error::Conflict(Conflict::EmailTaken)) => {
                let known = self.user_of(email).await?;
                known.ok_or(Error::Conflict(Conflict::EmailTaken))
            }
            Err(error) => Err(error),
        }
    }

    async fn user_of(&self, email: &str) -> Result<Option<UserId>, Error> {
        let filter = UserFilter { search: Some(email.to_owned()), ..UserFilter::default() };
        let page = self.engine.access().users(self.ctx, filter, PageRequest::default()).await?;
        let same = |user: &&erp_core::access::UserView| {
            user.email.as_ref().is_some_and(|known| known.key() == email)
        };
        Ok(page.items.iter().find(same).map(|user| user.id))
    }
}

async fn channels(engine: &Engine, ctx: &Ctx) -> Result<HashMap<String, RoomId>, Error> {
    let mut known = HashMap::new();
    let mut request = PageRequest::first(500);
    loop {
        let page = engine.chat().channels(ctx, &request).await?;
        for room in page.items {
            known.extend(room.name.map(|name| (name.to_lowercase(), room.id)));
        }
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => return Ok(known),
        }
    }
}

/// The address of an author: always the same for one name, and another one for another name.
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
