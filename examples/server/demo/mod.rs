//! Demo data: the chat, the projects and the stock of a company that installs heat pumps, solar
//! panels and chargers.

mod jobs;
mod people;
mod plans;
mod rooms;
mod script;
mod stock;
mod template;

use std::collections::HashMap;

use anyhow::Context;
use erp_core::{
    Ctx, Engine, Error,
    access::{NewOwner, NewUser},
    ids::UserId,
};
use serde::Serialize;

use self::people::{OWNER, PASSWORD, PEOPLE, Person};

/// The people's ids by the names that the script calls them.
type Cast = HashMap<&'static str, UserId>;

/// An account of the demo data that one can log in with.
#[derive(Clone, Debug, Serialize)]
pub struct Account {
    pub name: &'static str,
    pub email: String,
    pub password: &'static str,
    pub about: &'static str,
}

/// Fills an empty store. Of several servers that start at the same time one does it: the one whose
/// owner becomes the organisation's first user.
pub async fn seed(engine: &Engine) -> anyhow::Result<()> {
    let owner = NewOwner {
        email: OWNER.email(),
        display_name: OWNER.name.to_owned(),
        password: PASSWORD.into(),
    };
    let owner = match engine.access().set_up(&Ctx::system(), owner).await {
        Ok(owner) => owner,
        Err(Error::Precondition(_)) => return Ok(()),
        Err(error) => return Err(error).context("cannot set up the organisation"),
    };
    let mut cast = Cast::from([(OWNER.key, owner.id)]);
    for person in PEOPLE {
        cast.insert(person.key, create(engine, person).await?);
    }
    let rooms = script::parse(include_str!("talk.txt"), engine.now())?;
    for room in rooms {
        rooms::fill(engine, &cast, room).await?;
    }
    for room in jobs::rooms(engine.now()) {
        rooms::fill(engine, &cast, room).await?;
    }
    template::fill(engine).await?;
    plans::fill(engine, &cast).await?;
    stock::fill(engine, &cast).await?;
    for person in PEOPLE.iter().filter(|person| person.left) {
        let id = cast[person.key];
        let version = engine.access().user(&Ctx::system(), id).await?.version;
        engine.access().deactivate_user(&Ctx::system(), id, version).await?;
    }
    tracing::info!(people = cast.len(), "an empty store was filled with demo data");
    Ok(())
}

/// The accounts to log in with, when this store holds the demo data.
pub async fn accounts(engine: &Engine) -> anyhow::Result<Vec<Account>> {
    let known = engine.store().access().credentials(&OWNER.email()).await?;
    let people = known.iter().flat_map(|_| std::iter::once(&OWNER).chain(PEOPLE));
    Ok(people.filter_map(Person::account).collect())
}

async fn create(engine: &Engine, person: &Person) -> anyhow::Result<UserId> {
    let new = NewUser {
        email: person.email(),
        display_name: person.name.to_owned(),
        password: person.account().map(|account| account.password.into()),
        roles: vec![person.role.id],
    };
    let user = engine.access().create_user(&Ctx::system(), new).await;
    Ok(user.with_context(|| format!("cannot create {}", person.name))?.id)
}
