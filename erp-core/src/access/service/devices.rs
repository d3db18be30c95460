//! The devices that a user has logged in from.

use super::{AccessService, login::RequestOrigin};
use crate::{
    access::{AccessChange, CredentialRow, DeviceToken, Email, KnownDevice},
    change::ChangeSet,
    error::Result,
    ids::SessionId,
};

/// Devices that are remembered of one user: of more the one that was not used for the longest time goes.
const MAX_DEVICES: usize = 50;

impl AccessService<'_> {
    /// Whether this is the token of a device that the user of this address has logged in from. A host
    /// that limits logins by where they come from asks, so that the limit is the strangers' alone.
    ///
    /// # Errors
    /// Store errors.
    pub async fn knows_device(&self, email: &str, token: &DeviceToken) -> Result<bool> {
        let Ok(email) = Email::new(email) else { return Ok(false) };
        let origin = RequestOrigin { device: Some(token.clone()), ..RequestOrigin::default() };
        Ok(self.known_device(&origin, &email).await?.is_some())
    }

    /// The device that the request comes from, if the user of this address has logged in from there.
    pub(super) async fn known_device(
        &self,
        origin: &RequestOrigin,
        email: &Email,
    ) -> Result<Option<KnownDevice>> {
        let Some(token) = &origin.device else { return Ok(None) };
        let store = self.engine.store();
        let device = store.sessions().device(&token.hash()).await?;
        let row = store.access().credentials(email.key()).await?;
        let now = self.engine.now();
        Ok(device.filter(|device| {
            now < device.expires_at
                && row.is_some_and(|row: CredentialRow| row.user.id == device.user)
        }))
    }

    /// Remembers the device of a login, and forgets those that are too many. Returns the token of a new
    /// one.
    pub(super) async fn remember_device(
        &self,
        set: &mut ChangeSet,
        known: Option<&KnownDevice>,
        (user, session): (crate::ids::UserId, SessionId),
    ) -> Result<Option<DeviceToken>> {
        let now = self.engine.now();
        let expires_at = now + self.engine.options().access.device_remembered;
        if let Some(known) = known {
            let device = KnownDevice { session, last_used_at: now, expires_at, ..known.clone() };
            set.change(AccessChange::RememberDevice(device));
            return Ok(None);
        }
        let token = DeviceToken::from_random(self.engine.ids().secret());
        let devices = self.engine.store().sessions().devices_of(user).await?;
        for device in devices.iter().skip(MAX_DEVICES - 1) {
            set.change(AccessChange::ForgetDevice { user, token: device.token });
        }
        set.change(AccessChange::RememberDevice(KnownDevice {
            token: token.hash(),
            user,
            session,
            created_at: now,
            last_used_at: now,
            expires_at,
        }));
        Ok(Some(token))
    }
}
