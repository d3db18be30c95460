//! Changes of the devices that users have logged in from.

use std::sync::Arc;

use erp_core::{
    access::{KnownDevice, TokenHash},
    ids::UserId,
    port::StoreResult,
};

use crate::{
    apply::{exists, require},
    state::AccessState,
};

impl AccessState {
    pub(super) fn remember_device(&mut self, device: KnownDevice) -> StoreResult<()> {
        let known = self.devices.get(&device.token).cloned();
        if known.as_ref().is_some_and(|known| known.user != device.user) {
            return Err(exists("device"));
        }
        require(self.users.contains_key(&device.user), "user")?;
        let created_at = known.map_or(device.created_at, |known| known.created_at);
        self.drop_device(device.token);
        let key = (device.last_used_at, device.token);
        self.devices_of.upsert(device.user, |devices| {
            let place = devices.partition_point(|other| *other < key);
            devices.insert(place, key);
        });
        self.devices.insert(device.token, Arc::new(KnownDevice { created_at, ..device }));
        Ok(())
    }

    pub(super) fn forget_device(&mut self, user: UserId, token: TokenHash) {
        if self.devices.get(&token).is_some_and(|known| known.user == user) {
            self.drop_device(token);
        }
    }

    pub fn drop_device(&mut self, token: TokenHash) {
        let Some(device) = self.devices.remove(&token) else {
            return;
        };
        if let Some(devices) = self.devices_of.get_mut(&device.user) {
            devices.retain(|(_, other)| *other != token);
            if devices.is_empty() {
                self.devices_of.remove(&device.user);
            }
        }
    }
}
