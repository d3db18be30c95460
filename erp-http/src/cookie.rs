//! The cookies of a session and of a device.

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};
use chrono::TimeDelta;
use erp_core::access::{DeviceToken, SessionToken};

use super::options::CookieSecurity;

/// The value of the cookie of this name.
pub(super) fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// Sets the cookie for as long as the session can live.
pub(super) fn set(
    cookies: CookieSecurity,
    token: &SessionToken,
    lifetime: TimeDelta,
) -> Option<HeaderValue> {
    written(cookies, cookies.name(), token.expose(), lifetime.num_seconds())
}

/// Sets the cookie by which the device is known for as long as it is remembered. A logout leaves it.
pub(super) fn set_device(
    cookies: CookieSecurity,
    token: &DeviceToken,
    lifetime: TimeDelta,
) -> Option<HeaderValue> {
    written(cookies, cookies.device_name(), token.expose(), lifetime.num_seconds())
}

/// Takes the cookie away.
pub(super) fn clear(cookies: CookieSecurity) -> Option<HeaderValue> {
    written(cookies, cookies.name(), "", 0)
}

fn written(
    cookies: CookieSecurity,
    name: &str,
    value: &str,
    max_age_s: i64,
) -> Option<HeaderValue> {
    let secure = match cookies {
        CookieSecurity::Host => "; Secure",
        CookieSecurity::InsecureForDevelopment => "",
    };
    let text =
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}");
    let mut header = HeaderValue::from_str(&text).ok()?;
    header.set_sensitive(true);
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_5_the_cookie_is_out_of_reach_of_scripts_and_of_other_hosts() {
        let token = SessionToken::from_text("t");
        let strict = set(CookieSecurity::Host, &token, TimeDelta::hours(1)).unwrap();
        assert_eq!(
            strict.to_str().unwrap(),
            "__Host-erp_session=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600; Secure"
        );
        let dev = clear(CookieSecurity::InsecureForDevelopment).unwrap();
        assert_eq!(
            dev.to_str().unwrap(),
            "erp_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
        );
        assert!(strict.is_sensitive());
        let device = DeviceToken::from_text("d");
        let device = set_device(CookieSecurity::Host, &device, TimeDelta::hours(1)).unwrap();
        let expected = "__Host-erp_device=d; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600; Secure";
        assert_eq!(device.to_str().unwrap(), expected);
    }
}
