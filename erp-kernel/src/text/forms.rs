//! The forms that every module knows: one of each kind of text that records have.

use super::form::{Form, Further, Lines};
use crate::time::tz;

/// What a person calls a thing.
pub const NAME: Form = Form::line("name", 1, 200);
/// What a thing is ordered or looked up by.
pub const CODE: Form = Form::line("code", 1, 64).solid();

/// Where a thing is, or where letters to it go.
pub const ADDRESS: Form = Form { lines: Lines::Several, ..Form::line("address", 1, 500) };

/// An e-mail address, as far as one can tell without sending to it: RFC 5321's lengths, a local part
/// without quotes, a domain of labels.
pub const EMAIL: Form =
    Form::line("e-mail address", 3, 254).solid().within_bytes(254).and(Further {
        check: is_email,
        pattern: r"^[^\s@]{1,64}@[^\s@]+$",
        says: "must be an e-mail address of at most 254 bytes",
        examples: &["ada@example.org", "a.b+c@mail.example.org", "x@localhost"],
    });

/// A telephone number, as people write it.
pub const PHONE: Form = Form::line("telephone number", 3, 40).and(Further {
    check: is_phone,
    pattern: r"^\+?[0-9 ()./-]{3,40}$",
    says: "must be a telephone number of 3 to 40 digits, spaces and `()./-`, with a `+` at most first",
    examples: &["+49 30 123456-78", "112", "(030) 901820"],
});

/// The address of a page: of `http` or `https`, with a host and without a user (RFC 3986, and RFC 3987's
/// letters of any script).
pub const URL: Form = Form::line("address of a page", 8, 2_048).solid().and(Further {
    check: is_url,
    pattern: r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#@]+([/?#]\S*)?$",
    says: "must be an address of http or https of at most 2,048 characters",
    examples: &[
        "https://example.org",
        "http://example.org:8080/a/b?c=d#e",
        "https://[2001:db8::1]/",
    ],
});

/// The name of a time zone in the IANA database.
pub const ZONE: Form = Form::line("time zone", 1, 64).solid().and(Further {
    check: |text| tz::Zone::named(text).is_ok(),
    pattern: r"^[A-Za-z][A-Za-z0-9_+/-]*$",
    says: "must be the IANA name of a time zone",
    examples: &["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"],
});

/// The tag of a language, well-formed after BCP 47 (RFC 5646, 2.1) as far as parts and their lengths go.
pub const LANGUAGE: Form = Form::line("language", 2, 35).solid().and(Further {
    check: is_language,
    pattern: r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
    says: "must be the tag of a language, such as `de` or `pt-BR`",
    examples: &["de", "pt-BR", "zh-Hant-TW", "de-CH-1996"],
});

/// A colour in red, green and blue, as CSS writes it with six digits.
pub const COLOR: Form = Form::line("colour", 7, 7).solid().and(Further {
    check: is_color,
    pattern: "^#[0-9A-Fa-f]{6}$",
    says: "must be a colour like `#1a2b3c`",
    examples: &["#000000", "#1a2b3c", "#FFFFFF"],
});

fn is_email(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(local, domain)| {
        (1..=64).contains(&local.len())
            && !local.contains('@')
            && domain
                .split('.')
                .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
    })
}

fn is_phone(text: &str) -> bool {
    let number = text.strip_prefix('+').unwrap_or(text);
    number.bytes().all(|byte| byte.is_ascii_digit() || b" ()./-".contains(&byte))
        && number.bytes().filter(u8::is_ascii_digit).count() >= 3
}

fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
        && is_authority(authority)
        // What RFC 3986 has no place for, and some readers cut an address at.
        && !text.contains(['"', '<', '>', '\\', '^', '`', '{', '|', '}'])
}

/// Whether it is a host, with a port or none.
fn is_authority(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_host = match host.strip_prefix('[') {
        Some(address) => address
            .strip_suffix(']')
            .is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok()),
        None => host.split('.').all(|label| {
            !label.is_empty() && !label.contains([':', '@', '[', ']', '%', '$', '&', '\'', '!'])
        }),
    };
    is_host && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    (2..=8).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

fn is_color(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|digits| {
        digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_a_form_and_what_is_not() {
        let cases: [(&Form, &[&str], &[&str]); 7] = [
            (&PHONE, &["+1 (555) 010-9999", "110"], &["+", "12", "1+23", "call me", "12\u{661}3"]),
            (
                &URL,
                &["https://example.org/?q=a%20b", "HTTP://EXAMPLE.ORG", "https://exämple.org/ü"],
                &[
                    "ftp://example.org",
                    "javascript:alert(1)",
                    "https://",
                    "https:///path",
                    "https://a@b.org",
                    "https://a b.org",
                    "https://a.org:99999",
                    "https://[::1",
                    "https://a..b",
                    "https://a.org/<x>",
                ],
            ),
            (&ZONE, &["Europe/Berlin"], &["Mars/Base", "", "Europe/Berlin2"]),
            (&LANGUAGE, &["de", "sr-Latn-RS"], &["d", "de_DE", "de-", "de--CH", "12"]),
            (&COLOR, &["#a0B1c2"], &["a0b1c2", "#a0b1c", "#a0b1cg", "#a0b1c2d3", "red"]),
            (&ADDRESS, &["Kai 1\nHamburg"], &["", " \n"]),
            (&CODE, &["AB-1", "Ä/7"], &["a b", "", "a\u{200b}b"]),
        ];
        for (form, good, bad) in cases {
            for text in good {
                assert_eq!(form.canonical(text), Ok((*text).to_owned()), "{}", form.name);
            }
            for text in bad {
                assert!(form.canonical(text).is_err(), "{} {text:?}", form.name);
            }
        }
    }

    #[test]
    fn examples_are_of_their_form() {
        for form in [EMAIL, PHONE, URL, ZONE, LANGUAGE, COLOR] {
            for text in form.further.unwrap().examples {
                assert_eq!(form.canonical(text), Ok((*text).to_owned()), "{}", form.name);
            }
        }
    }
}
