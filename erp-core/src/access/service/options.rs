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
    /// The most sessions of one user: a login ends the oldest of more.
    pub sessions_per_user: usize,
    /// A device from which a user does not log in for so long is forgotten.
    pub device_remembered: TimeDelta,
    /// The fewest bytes of a password, in its normal form.
    pub password_min_bytes: usize,
    /// Failed logins for one address from one household before the first wait; the same of a known
    /// device, and of a session through which a password is told.
    pub login_free_failures: u32,
    /// The first wait; it doubles with each further failure.
    pub login_first_wait: TimeDelta,
    /// The longest wait, within which the right password opens whatever strangers try. Shorter than the
    /// time that a host gives to a request.
    pub login_max_wait: TimeDelta,
    /// Failed logins for one address, from wherever, before the first wait.
    pub login_address_free_failures: u32,
    /// The most attempts that are held back at the same time; more are refused.
    pub login_max_waiting: usize,
    /// Failures this old are forgotten.
    pub login_forget_after: TimeDelta,
    /// Failed logins and refusals come into the audit log as one count for each network and window of
    /// this length.
    pub report_window: TimeDelta,
    /// The networks that are told apart in a window, for each kind of failure; more share one count.
    pub report_places: usize,
}

impl Default for AccessOptions {
    fn default() -> Self {
        Self {
            session_idle: TimeDelta::days(14),
            session_absolute: TimeDelta::days(90),
            session_touch_interval: TimeDelta::minutes(1),
            sessions_per_user: 50,
            device_remembered: TimeDelta::days(180),
            password_min_bytes: 10,
            login_free_failures: 5,
            login_first_wait: TimeDelta::seconds(1),
            login_max_wait: TimeDelta::seconds(10),
            login_address_free_failures: 20,
            login_max_waiting: 1_000,
            login_forget_after: TimeDelta::hours(24),
            report_window: TimeDelta::minutes(15),
            report_places: 50,
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
            ("device_remembered", self.device_remembered),
            ("report_window", self.report_window),
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
        if self.login_forget_after < self.login_max_wait {
            return Err(Error::invalid(
                "login_forget_after",
                "must not be less than login_max_wait",
            ));
        }
        for (field, value) in [
            ("sessions_per_user", self.sessions_per_user),
            ("login_max_waiting", self.login_max_waiting),
            ("report_places", self.report_places),
        ] {
            if value == 0 {
                return Err(Error::invalid(field, "must be at least 1"));
            }
        }
        if self.login_max_waiting > tokio::sync::Semaphore::MAX_PERMITS {
            return Err(Error::invalid("login_max_waiting", "is too large"));
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
        let none = AccessOptions { sessions_per_user: 0, ..AccessOptions::default() };
        for (options, field) in [
            (none, "sessions_per_user"),
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
