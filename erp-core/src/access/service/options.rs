//! What a host may set of sessions, passwords and logins.

use chrono::TimeDelta;

use crate::error::{Error, Result};

/// Sessions, passwords, the slowing of failed logins.
#[derive(Clone, Debug)]
pub struct AccessOptions {
    /// A session that is not used for so long ends.
    pub session_idle: TimeDelta,
    /// A session ends after this, however much it is used.
    pub session_absolute: TimeDelta,
    /// The use of a session is noted at most this often.
    pub session_touch_interval: TimeDelta,
    /// The fewest characters of a password.
    pub password_min_chars: usize,
    /// Failed logins for one address from one network before the first wait.
    pub login_free_failures: u32,
    /// The first wait; it doubles with each further failure.
    pub login_first_wait: TimeDelta,
    /// The longest wait for one address from one network: nobody is locked out for good.
    pub login_max_wait: TimeDelta,
    /// Failed logins for one address, from wherever, before the first wait.
    pub login_address_free_failures: u32,
    /// The longest wait for one address, from wherever. Networks where its user is logged in do not
    /// wait at all, so that a stranger's failures do not keep him out.
    pub login_address_max_wait: TimeDelta,
    /// Failures this old are forgotten.
    pub login_forget_after: TimeDelta,
}

impl Default for AccessOptions {
    fn default() -> Self {
        Self {
            session_idle: TimeDelta::days(14),
            session_absolute: TimeDelta::days(90),
            session_touch_interval: TimeDelta::minutes(1),
            password_min_chars: 10,
            login_free_failures: 5,
            login_first_wait: TimeDelta::seconds(1),
            login_max_wait: TimeDelta::minutes(15),
            login_address_free_failures: 20,
            login_address_max_wait: TimeDelta::seconds(30),
            login_forget_after: TimeDelta::hours(24),
        }
    }
}

impl AccessOptions {
    /// Checks that the durations make sense.
    ///
    /// # Errors
    /// A validation error that names the field.
    pub fn validate(&self) -> Result<()> {
        for (field, value) in [
            ("session_idle", self.session_idle),
            ("session_absolute", self.session_absolute),
            ("login_first_wait", self.login_first_wait),
            ("login_max_wait", self.login_max_wait),
            ("login_address_max_wait", self.login_address_max_wait),
        ] {
            if value <= TimeDelta::zero() {
                return Err(Error::invalid(field, "must be more than zero"));
            }
        }
        if self.session_touch_interval < TimeDelta::zero()
            || self.session_touch_interval >= self.session_idle
        {
            // A session in use would look idle.
            return Err(Error::invalid("session_touch_interval", "must be less than session_idle"));
        }
        if self.login_forget_after < self.login_max_wait.max(self.login_address_max_wait) {
            return Err(Error::invalid("login_forget_after", "must not be less than the waits"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_make_no_sense_are_named() {
        assert_eq!(AccessOptions::default().validate(), Ok(()));
        let zero = AccessOptions { session_idle: TimeDelta::zero(), ..AccessOptions::default() };
        let touch = AccessOptions {
            session_touch_interval: TimeDelta::days(14),
            ..AccessOptions::default()
        };
        let forget =
            AccessOptions { login_forget_after: TimeDelta::zero(), ..AccessOptions::default() };
        for (options, field) in [
            (zero, "session_idle"),
            (touch, "session_touch_interval"),
            (forget, "login_forget_after"),
        ] {
            let Err(Error::Validation(violations)) = options.validate() else {
                panic!("{field} was let through")
            };
            assert_eq!(violations[0].field, field);
        }
    }
}
