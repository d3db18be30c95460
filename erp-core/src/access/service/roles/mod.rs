//! Roles.

mod grants;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AccessService, authority::Authority};
use crate::{
    access::{AccessChange, AccessEvent, Role},
    change::{Audience, EntityRef, Idempotency, NewEvent, Recorder, Version},
    ctx::Ctx,
    error::{Error, Result},
    forms,
    ids::RoleId,
    policy::{self, Action, Permission, PermissionSet, Resource},
};

/// Who learns of roles' changes.
const READERS: [Audience; 1] = [Audience::Holders(Permission::RolesRead)];

/// A role to create.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewRole {
    /// Its name, 1 to 100 characters, unique without regard to case.
    pub name: String,
    /// What it permits.
    pub permissions: PermissionSet,
}

/// A role's new name and permissions.
#[derive(Clone, Debug, Deserialize)]
pub struct RoleUpdate {
    /// The version that the caller has seen.
    pub expected: Version,
    /// Its name, 1 to 100 characters, unique without regard to case.
    pub name: String,
    /// What it permits.
    pub permissions: PermissionSet,
}

#[erp_derive::boxed]
impl AccessService<'_> {
    /// Every role, by name.
    ///
    /// # Errors
    /// Forbidden without `roles.read`.
    pub async fn roles(&self, ctx: &Ctx) -> Result<Vec<Role>> {
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, Action::RoleRead, &Resource::Global)?;
        Ok(self.engine.store().access().roles().await?)
    }

    /// The role.
    ///
    /// # Errors
    /// Not found when there is none, or the caller may not see roles.
    pub async fn role(&self, ctx: &Ctx, id: RoleId) -> Result<Role> {
        let subject = self.engine.subject(ctx).await?;
        let role = self.engine.store().access().role(id).await?;
        let role = role.ok_or(Error::NotFound { entity: "role" })?;
        policy::authorize(&subject, Action::RoleRead, &Resource::Role(role.permissions))?;
        Ok(role)
    }

    /// Creates a role. Repeated with the same idempotency key it gives the first answer.
    ///
    /// # Errors
    /// Forbidden without `roles.manage`, or with rights that the caller lacks (AUTH-9); a
    /// validation error on `name`; conflict when the name is taken.
    pub async fn create_role(&self, ctx: &Ctx, new: NewRole) -> Result<Role> {
        self.engine.retry(|| self.try_create_role(ctx, &new)).await
    }

    async fn try_create_role(&self, ctx: &Ctx, new: &NewRole) -> Result<Role> {
        let authority = self.authority(ctx).await?;
        let resource = Resource::Role(new.permissions);
        policy::authorize(&authority.subject, Action::RoleCreate, &resource)?;
        let name = forms::SHORT_NAME.check("name", &new.name)?;
        let new = &NewRole { name, ..new.clone() };
        let role = Role {
            id: RoleId::generate(self.engine.ids()),
            name: new.name.clone(),
            permissions: new.permissions,
            built_in: false,
            version: Version::FIRST,
        };
        let mut set = self.engine.change(ctx, Action::RoleCreate, entity(role.id));
        authority.decide(&mut set, [AccessChange::CreateRole(role.clone())])?;
        set.record(
            Recorder::new().created("name", &role.name).created("permissions", role.permissions),
        );
        set.idempotency = Idempotency::of(ctx, Action::RoleCreate, new, &role)?;
        set.event(NewEvent::new(AccessEvent::RoleCreated(role.clone()), READERS));
        self.engine.commit(set).await?.answer(role)
    }

    /// Changes a role. When nothing changes, nothing is written.
    ///
    /// # Errors
    /// As [`Self::create_role`], for the rights before and after; conflict for a stale version; a
    /// precondition error for a role that came with the engine.
    pub async fn update_role(&self, ctx: &Ctx, id: RoleId, update: RoleUpdate) -> Result<Role> {
        self.engine.retry(|| self.try_update_role(ctx, id, &update)).await
    }

    async fn try_update_role(&self, ctx: &Ctx, id: RoleId, update: &RoleUpdate) -> Result<Role> {
        let authority = self.authority(ctx).await?;
        let old = authority.changeable_role(Action::RoleUpdate, id)?;
        policy::authorize(
            &authority.subject,
            Action::RoleUpdate,
            &Resource::Role(update.permissions),
        )?;
        old.version.must_be(update.expected, "role")?;
        let name = forms::SHORT_NAME.check("name", &update.name)?;
        let changes = Recorder::new().field("name", &old.name, &name).field(
            "permissions",
            old.permissions,
            update.permissions,
        );
        if changes.is_empty() {
            return Ok(old.clone());
        }
        let role = Role {
            name,
            permissions: update.permissions,
            version: old.version.next(),
            ..old.clone()
        };
        let mut set = self.engine.change(ctx, Action::RoleUpdate, entity(id));
        let change = AccessChange::UpdateRole {
            id,
            expected: update.expected,
            name: role.name.clone(),
            permissions: role.permissions,
        };
        authority.decide(&mut set, [change])?;
        set.record(changes);
        set.event(NewEvent::new(AccessEvent::RoleChanged(role.clone()), READERS));
        self.engine.commit(set).await?;
        Ok(role)
    }

    /// Deletes a role, and takes it from all who have it.
    ///
    /// # Errors
    /// As [`Self::update_role`].
    pub async fn delete_role(&self, ctx: &Ctx, id: RoleId, expected: Version) -> Result<()> {
        self.engine.retry(|| self.try_delete_role(ctx, id, expected)).await
    }

    async fn try_delete_role(&self, ctx: &Ctx, id: RoleId, expected: Version) -> Result<()> {
        let authority = self.authority(ctx).await?;
        let old = authority.changeable_role(Action::RoleDelete, id)?;
        old.version.must_be(expected, "role")?;
        let mut set = self.engine.change(ctx, Action::RoleDelete, entity(id));
        authority.decide(&mut set, [AccessChange::DeleteRole { id, expected }])?;
        set.record(Recorder::new().field("name", &old.name, Value::Null).field(
            "permissions",
            old.permissions,
            Value::Null,
        ));
        set.event(NewEvent::new(AccessEvent::RoleDeleted { role: id }, READERS));
        self.engine.commit(set).await?;
        Ok(())
    }
}

impl Authority {
    /// The role, when the caller may do this to it and it did not come with the engine.
    fn changeable_role(&self, action: Action, id: RoleId) -> Result<&Role> {
        let role = self.role(id)?;
        policy::authorize(&self.subject, action, &Resource::Role(role.permissions))?;
        if role.built_in {
            return Err(Error::Precondition("the role came with the engine".into()));
        }
        Ok(role)
    }
}

fn entity(role: RoleId) -> EntityRef {
    EntityRef::new("role", role.uuid())
}
