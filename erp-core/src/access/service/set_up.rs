//! The first owner of an organisation.

use serde::Deserialize;

use super::{AccessService, input::Password};
use crate::{
    access::{
        AccessChange, AccessEvent, BuiltInRole, Email, PasswordHash, RoleHolder, User, UserStatus,
        rules::passwords::Holder,
    },
    change::{EntityRef, NewEvent, Recorder, Version},
    ctx::Ctx,
    error::{Error, Result},
    forms,
    ids::UserId,
    policy::{self, Action, Resource},
};

/// The first owner of an organisation.
#[derive(Clone, Debug, Deserialize)]
pub struct NewOwner {
    /// His e-mail address.
    pub email: String,
    /// The name that others see.
    pub display_name: String,
    /// His password.
    pub password: Password,
}

#[erp_derive::boxed]
impl AccessService<'_> {
    /// Creates the organisation's first user, who owns it. Only the host can do it, once: of two
    /// calls at the same time one succeeds.
    ///
    /// # Errors
    /// Forbidden for anyone but the host; validation errors on `email`, `display_name` and
    /// `password`; a precondition error when there was a user before.
    pub async fn set_up(&self, ctx: &Ctx, owner: NewOwner) -> Result<User> {
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, Action::OrganisationSetUp, &Resource::Global)?;
        let email = Email::new(&owner.email)?;
        let name = forms::NAME.check("display_name", &owner.display_name)?;
        let holder = Holder { email: email.as_str(), name: &name };
        self.check_password_of("password", &owner.password, holder)?;
        let password = self.hash(&owner.password).await?;
        self.engine.retry(|| self.try_set_up(ctx, &email, &name, &password)).await
    }

    async fn try_set_up(
        &self,
        ctx: &Ctx,
        email: &Email,
        name: &str,
        password: &PasswordHash,
    ) -> Result<User> {
        // The graph first: whoever creates an owner in between raises its version.
        let authority = self.authority(ctx).await?;
        if !self.engine.store().access().is_empty().await? {
            return Err(Error::Precondition("the organisation has users already".into()));
        }
        let now = self.engine.now();
        let user = User {
            id: UserId::generate(self.engine.ids()),
            email: email.clone(),
            display_name: name.to_owned(),
            status: UserStatus::Active,
            version: Version::FIRST,
            created_at: now,
            updated_at: now,
        };
        let role = BuiltInRole::OWNER.id;
        let holder = RoleHolder::User(user.id);
        let entity = EntityRef::new("user", user.id.uuid());
        let mut set = self.engine.change(ctx, Action::OrganisationSetUp, entity);
        let created =
            AccessChange::CreateUser { user: user.clone(), password: Some(password.clone()) };
        authority.decide(&mut set, [created, AccessChange::GrantRole { holder, role }])?;
        set.record(
            Recorder::new()
                .created("email", &user.email)
                .created("display_name", &user.display_name)
                .created("roles", [role]),
        );
        let audience = super::users::audience(user.id);
        set.event(NewEvent::new(AccessEvent::UserCreated(user.card()), audience));
        self.engine.commit(set).await?;
        Ok(user)
    }
}
