//! The rooms and authors of the rows: found by name and address, made as they come.

use std::collections::HashMap;

use anyhow::Context;
use erp_core::{
    Conflict, Ctx, Engine, Error,
    chat::{NewRoom, RoomKind},
    ids::{RoomId, UserId},
    page::PageRequest,
    text,
};

use super::row::Row;
use crate::import::{
    people::People,
    tally::{Reason, refusal},
};

/// Rooms and authors that were met, and how many of them are new.
pub struct Directory<'a> {
    engine: &'a Engine,
    ctx: &'a Ctx,
    /// The channels that were there before, by their names without regard to case.
    channels: HashMap<String, RoomId>,
    rooms: HashMap<String, RoomId>,
    pub authors: People<'a>,
    pub new_rooms: usize,
}

impl<'a> Directory<'a> {
    /// The directory over what the store holds.
    pub async fn open(engine: &'a Engine, ctx: &'a Ctx) -> anyhow::Result<Self> {
        let channels = channels(engine, ctx).await.context("cannot list the channels")?;
        let authors = People::open(engine, ctx, Vec::new());
        Ok(Self { engine, ctx, channels, rooms: HashMap::new(), authors, new_rooms: 0 })
    }

    /// How many rooms the rows named.
    pub fn rooms(&self) -> usize {
        self.rooms.len()
    }

    /// The room and the author of a row; or the reason why it can have none.
    pub async fn place(&mut self, row: &Row) -> anyhow::Result<Result<(RoomId, UserId), Reason>> {
        let place =
            async { Ok((self.room(&row.room).await?, self.authors.named(&row.user).await?)) };
        match place.await {
            Ok(place) => Ok(Ok(place)),
            Err(error) => refusal(error).map(Err),
        }
    }

    async fn room(&mut self, name: &str) -> Result<RoomId, Error> {
        if let Some(id) = self.rooms.get(name) {
            return Ok(*id);
        }
        let id = match self.channels.get(&text::key(name.trim())) {
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
            Err(Error::Conflict(taken)) if taken == Conflict::taken("room", "name") => {
                self.channels = channels(self.engine, self.ctx).await?;
                let known = self.channels.get(&text::key(name.trim())).copied();
                known.ok_or(Error::Conflict(taken))
            }
            Err(error) => Err(error),
        }
    }
}

async fn channels(engine: &Engine, ctx: &Ctx) -> Result<HashMap<String, RoomId>, Error> {
    let mut known = HashMap::new();
    let mut request = PageRequest::first(500);
    loop {
        let page = engine.chat().channels(ctx, &request).await?;
        for room in page.items {
            known.extend(room.name.map(|name| (text::key(&name), room.id)));
        }
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => return Ok(known),
        }
    }
}
