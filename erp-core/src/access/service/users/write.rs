//! Creating users and changing their fields.

use super::{NewUser, UserUpdate, UserView, audience};
use crate::{
    access::{
        AccessChange, AccessEvent, AccessService, Email, PasswordHash, RoleHolder, User, UserPatch,
        UserStatus,
        rules::passwords::{self, Holder},
        service::authority::not_deleted,
    },
    change::{ChangeSet, EntityRef, Guard, Idempotency, NewEvent, Recorder, Scope, Version},
    ctx::{Actor, Ctx},
    error::{Error, Result},
    forms,
    ids::{RoleId, UserId},
    policy::{self, Action, Resource, Subject},
    time::Timestamp,
};

/// A valid [`NewUser`].
struct Draft {
    email: Email,
    name: String,
    password: Option<PasswordHash>,
    /// Each once.
    roles: Vec<RoleId>,
}

#[erp_derive::boxed]
impl AccessService<'_> {
    /// Creates a user. Repeated with the same idempotency key it gives the first answer.
    ///
    /// # Errors
    /// Forbidden without `users.manage`, and for roles with rights that the caller lacks;
    /// validation errors on `email`, `display_name` and `password`; not found for an unknown role;
    /// conflict when the address is taken.
    pub async fn create_user(&self, ctx: &Ctx, new: NewUser) -> Result<UserView> {
        // Asked before the password costs work, and again with every attempt.
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, Action::UserCreate, &Resource::Global)?;
        let email = Email::new(&new.email)?;
        let name = forms::NAME.check("display_name", &new.display_name)?;
        let mut roles = new.roles;
        roles.sort_unstable();
        roles.dedup();
        let password = match &new.password {
            Some(password) => {
                let holder = Holder { email: email.as_str(), name: &name };
                self.check_password_of("password", password, holder)?;
                Some(self.hash(password).await?)
            }
            None => None,
        };
        let draft = Draft { email, name, password, roles };
        self.engine.retry(|| self.try_create_user(ctx, &draft)).await
    }

    async fn try_create_user(&self, ctx: &Ctx, draft: &Draft) -> Result<UserView> {
        let now = self.engine.now();
        let user = User {
            id: UserId::generate(self.engine.ids()),
            email: draft.email.clone(),
            display_name: draft.name.clone(),
            status: UserStatus::Active,
            version: Version::FIRST,
            created_at: now,
            updated_at: now,
        };
        let entity = EntityRef::new("user", user.id.uuid());
        let mut set = self.engine.change(ctx, Action::UserCreate, entity);
        let subject = self.decide_creation(ctx, draft, &user, &mut set).await?;
        // The password is left out: its quick hash would outlive the request.
        let request = (&draft.email, &draft.name, &draft.roles, draft.password.is_some());
        set.idempotency = Idempotency::of(ctx, Action::UserCreate, &request, &user)?;
        set.record(
            Recorder::new()
                .created("email", &user.email)
                .created("display_name", &user.display_name)
                .created("roles", (!draft.roles.is_empty()).then_some(&draft.roles)),
        );
        set.event(NewEvent::new(AccessEvent::UserCreated(user.card()), audience(user.id)));
        let user = self.engine.commit(set).await?.answer(user)?;
        Ok(UserView::of(user, &subject))
    }

    /// Without roles there is nothing to decide on the graph, so that many users at once do not
    /// wait for each other.
    async fn decide_creation(
        &self,
        ctx: &Ctx,
        draft: &Draft,
        user: &User,
        set: &mut ChangeSet,
    ) -> Result<Subject> {
        let created =
            AccessChange::CreateUser { user: user.clone(), password: draft.password.clone() };
        if draft.roles.is_empty() {
            let subject = self.engine.subject(ctx).await?;
            policy::authorize(&subject, Action::UserCreate, &Resource::Global)?;
            set.change(created);
            return Ok(subject);
        }
        let authority = self.authority(ctx).await?;
        let subject = authority.subject;
        policy::authorize(&subject, Action::UserCreate, &Resource::Global)?;
        let holder = RoleHolder::User(user.id);
        let mut changes = vec![created];
        for id in &draft.roles {
            let role = authority.role(*id)?;
            policy::authorize(&subject, Action::RoleGrant, &Resource::Role(role.permissions))?;
            changes.push(AccessChange::GrantRole { holder, role: *id });
        }
        authority.decide(set, changes)?;
        Ok(subject)
    }

    /// Changes a user's name or address. When nothing changes, nothing is written. Whoever changes their
    /// own address tells the password: with the address goes the way back into the account (AUTH-19).
    ///
    /// # Errors
    /// Not found; forbidden for an account with more rights than the caller's; validation errors on
    /// `email`, `display_name` and `password`; conflict for a stale version or a taken address; a precondition
    /// error for a deleted user.
    pub async fn update_user(&self, ctx: &Ctx, id: UserId, update: UserUpdate) -> Result<UserView> {
        let attempt = self.engine.retry(|| self.try_update_user(ctx, id, &update));
        if ctx.actor == Actor::User(id) && update.email.is_some() && update.password.is_some() {
            return self.telling_password(ctx, "password", attempt).await;
        }
        attempt.await
    }

    async fn try_update_user(
        &self,
        ctx: &Ctx,
        id: UserId,
        update: &UserUpdate,
    ) -> Result<UserView> {
        // The version first: another password, set meanwhile, raises it.
        let own_address = ctx.actor == Actor::User(id) && update.email.is_some();
        let version = match own_address {
            true => Some(self.engine.store().access().graph_version().await?),
            false => None,
        };
        let account = self.account(ctx, Action::UserUpdate, id).await?;
        let old = account.user;
        not_deleted(&old)?;
        let expected = update.expected;
        old.version.must_be(expected, "user")?;
        let email = update.email.as_deref().map(Email::new).transpose()?;
        let name = |text: &str| forms::NAME.check("display_name", text);
        let display_name = update.display_name.as_deref().map(name).transpose()?;
        if let Some(password) = &update.password {
            passwords::bounded("password", password.expose())?;
        }
        let patch = UserPatch {
            email: email.filter(|email| *email != old.email),
            display_name: display_name.filter(|name| *name != old.display_name),
        };
        if patch == UserPatch::default() {
            return Ok(UserView::of(old, &account.subject));
        }
        let user = patched(&old, &patch, self.engine.now());
        let mut set =
            self.engine.change(ctx, Action::UserUpdate, EntityRef::new("user", id.uuid()));
        set.guards.extend(account.guard);
        if let Some(version) = version.filter(|_| patch.email.is_some()) {
            let untold = || Error::invalid("password", "tell your password to change your address");
            self.confirm_password(ctx, "password", update.password.as_ref().ok_or_else(untold)?)
                .await?;
            set.guard(Guard::Held(Scope::access_graph(), version));
        }
        set.record(Recorder::new().field("email", &old.email, &user.email).field(
            "display_name",
            &old.display_name,
            &user.display_name,
        ));
        set.change(AccessChange::UpdateUser { id, expected, patch, at: user.updated_at });
        set.event(NewEvent::new(AccessEvent::UserChanged(user.card()), audience(id)));
        self.engine.commit(set).await?;
        Ok(UserView::of(user, &account.subject))
    }
}

fn patched(old: &User, patch: &UserPatch, at: Timestamp) -> User {
    User {
        email: patch.email.clone().unwrap_or_else(|| old.email.clone()),
        display_name: patch.display_name.clone().unwrap_or_else(|| old.display_name.clone()),
        version: old.version.next(),
        updated_at: at,
        ..old.clone()
    }
}
