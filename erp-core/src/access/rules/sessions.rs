//! How long a session is good.

use crate::{
    access::{AccessOptions, Session, UserStatus},
    ids::SessionId,
    time::Timestamp,
};

/// Until when the session is good unless it is used before: the earlier of its idle and its
/// absolute expiry. None when that instant has come, or the user is shut out (AUTH-3).
pub fn valid_until(
    session: &Session,
    status: UserStatus,
    now: Timestamp,
    options: &AccessOptions,
) -> Option<Timestamp> {
    let end = session.expires_at.min(session.last_used_at + options.session_idle);
    (status == UserStatus::Active && now < end).then_some(end)
}

/// Whether this use of the session is to be noted.
pub fn touch_due(session: &Session, now: Timestamp, options: &AccessOptions) -> bool {
    now - session.last_used_at >= options.session_touch_interval
}

/// The sessions that go so that no more than so many stay: the oldest. The list has the newest first.
pub fn beyond(newest_first: &[Session], stay: usize) -> impl Iterator<Item = SessionId> {
    newest_first.iter().skip(stay).map(|session| session.id)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;
    use crate::{access::DeviceInfo, ids::UserId};

    #[test]
    fn auth_3_a_session_ends_at_the_earlier_of_both_expiries() {
        let options = AccessOptions::default();
        let start = Timestamp::default();
        let session = Session {
            id: SessionId::from_uuid(Uuid::from_u128(1)),
            user: UserId::from_uuid(Uuid::from_u128(1)),
            device: DeviceInfo::default(),
            ip: None,
            created_at: start,
            last_used_at: start,
            expires_at: start + options.session_absolute,
        };
        let at = |session: &Session, now| valid_until(session, UserStatus::Active, now, &options);
        let idle_end = start + options.session_idle;
        let tick = TimeDelta::microseconds(1);
        assert_eq!(at(&session, idle_end - tick), Some(idle_end));
        assert_eq!(at(&session, idle_end), None);
        // In use all the time: it ends with the absolute expiry.
        let end = session.expires_at;
        let used = Session { last_used_at: end - TimeDelta::days(1), ..session.clone() };
        assert_eq!(at(&used, end - tick), Some(end));
        assert_eq!(at(&used, end), None);
        assert_eq!(valid_until(&session, UserStatus::Deactivated, start, &options), None);
        assert_eq!(valid_until(&session, UserStatus::Deleted, start, &options), None);
    }
}
