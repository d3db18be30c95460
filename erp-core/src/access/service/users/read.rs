//! Seeing users.

use std::collections::BTreeSet;

use super::{Me, UserFilter, UserView};
use crate::{
    access::{AccessService, User, UserCard, UserQuery, UserStatus},
    ctx::Ctx,
    error::{Error, Result},
    forms,
    ids::UserId,
    page::{Page, PageRequest},
    policy::{self, Action, Permission, Resource},
    text,
};

/// The longest text to search for, in characters.
/// The most cards of one call.
const MAX_CARDS: usize = 500;

#[erp_derive::boxed]
impl AccessService<'_> {
    /// The caller himself, his roles and permissions.
    ///
    /// # Errors
    /// Unauthenticated; a precondition error when the host itself calls.
    pub async fn me(&self, ctx: &Ctx) -> Result<Me> {
        let id = ctx.user_id()?;
        let (user, subject) = self.readable_account(ctx, Action::UserRead, id).await?;
        let store = self.engine.store().access();
        let own: BTreeSet<_> = store.roles_of(id).await?.into_iter().collect();
        let mut roles = store.roles().await?;
        roles.retain(|role| own.contains(&role.id));
        let permissions = subject.permissions;
        Ok(Me { user: UserView::of(user, &subject), roles, permissions })
    }

    /// The user. Deleted users are there for those who could restore them.
    ///
    /// # Errors
    /// Not found when there is none, or the caller may not see him.
    pub async fn user(&self, ctx: &Ctx, id: UserId) -> Result<UserView> {
        let (user, subject) = self.readable_account(ctx, Action::UserRead, id).await?;
        Ok(UserView::of(user, &subject))
    }

    /// The users that match, by name.
    ///
    /// # Errors
    /// Forbidden without `users.read`, and for deleted users without `users.manage`; validation
    /// errors on `cursor` and `search`.
    pub async fn users(
        &self,
        ctx: &Ctx,
        filter: UserFilter,
        page: PageRequest,
    ) -> Result<Page<UserView>> {
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, Action::UserRead, &Resource::Global)?;
        if filter.status == Some(UserStatus::Deleted) {
            policy::authorize(&subject, Action::UserRestore, &Resource::Global)?;
        }
        let mut query = UserQuery {
            search: forms::USER_SEARCH.check_optional("search", filter.search.as_deref())?,
            search_email: subject.has(Permission::UsersReadEmail),
            status: filter.status,
            ..UserQuery::default()
        };
        query.after = page.after(&query)?;
        query.limit = page.limit.get() + 1;
        let rows = self.engine.store().access().users(&query).await?;
        let key = |user: &User| (text::key(&user.display_name), user.id);
        let page = Page::from_rows(rows, page.limit, &query, key)?;
        Ok(page.map(|user| UserView::of(user, &subject)))
    }

    /// The names and states of these users, by id: what it takes to show who wrote a message. Those
    /// whom the caller may not see are left out; deactivated and deleted ones keep their names.
    ///
    /// # Errors
    /// Unauthenticated; a validation error on `ids` for more than 500.
    pub async fn user_cards(&self, ctx: &Ctx, ids: &[UserId]) -> Result<Vec<UserCard>> {
        let subject = self.engine.subject(ctx).await?;
        if ids.len() > MAX_CARDS {
            return Err(Error::invalid("ids", "must be at most 500"));
        }
        let store = self.engine.store();
        let mut wanted: BTreeSet<UserId> = ids.iter().copied().collect();
        if policy::authorize(&subject, Action::UserRead, &Resource::Global).is_err() {
            let caller = ctx.user_id()?;
            let mut visible: BTreeSet<UserId> =
                store.chat().peers(caller).await?.into_iter().collect();
            visible.insert(caller);
            wanted.retain(|id| visible.contains(id));
        }
        let wanted: Vec<UserId> = wanted.into_iter().collect();
        let mut users = store.access().users_by_id(&wanted).await?;
        users.sort_unstable_by_key(|user| user.id);
        Ok(users.iter().map(User::card).collect())
    }
}
