use super::*;
use crate::text::forms;

const LINE: Form = Form::line("line", 1, 5);

#[test]
fn x_19_a_text_is_kept_in_nfc_and_trimmed_and_else_as_it_was_typed() {
    assert_eq!(LINE.canonical(" Cafe\u{301} \n"), Ok("Café".to_owned()));
    assert_eq!(LINE.canonical("\u{a0}a  B\u{3000}"), Ok("a  B".to_owned()));
    assert_eq!(LINE.canonical("\u{fb01}"), Ok("\u{fb01}".to_owned()), "no compatibility form");
    let free = Form::free("body", 1, 20);
    assert_eq!(free.canonical(" e\u{301}\r\n\t"), Ok(" é\r\n\t".to_owned()));
    let several = Form { lines: Lines::Several, ..LINE };
    assert_eq!(several.canonical(" a\nb "), Ok("a\nb".to_owned()));
}

#[test]
fn a_length_is_that_of_the_text_as_it_is_kept() {
    assert!(LINE.canonical("e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}").is_ok());
    assert!(LINE.canonical("   12345   ").is_ok());
    let says = Err("must be 1 to 5 characters on one line".into());
    for bad in ["", " ", "123456", "éééééé"] {
        assert_eq!(LINE.canonical(bad), says, "{bad:?}");
    }
    let none = Form::line("topic", 0, 1_500);
    assert_eq!(none.canonical("  "), Ok(String::new()));
    assert_eq!(
        none.canonical(&"x".repeat(1_501)),
        Err("must be at most 1,500 characters on one line".into())
    );
    let bytes = Form::free("body", 1, 4);
    assert_eq!(bytes.canonical("éé"), Ok("éé".to_owned()));
    assert_eq!(bytes.canonical("ééé"), Err("must be at most 4 bytes without NUL".into()));
    assert_eq!(bytes.canonical(" \n"), Err("must not be blank".into()));
}

#[test]
fn x_20_a_line_has_something_visible() {
    for blank in
        ["\u{200b}\u{200b}", "\u{3164}", "\u{2800}", "\u{ad}", "\u{fe0f}", "\u{feff}", "\u{200d}"]
    {
        let visible = Err("must have a visible character".into());
        assert_eq!(LINE.canonical(blank), visible, "{blank:?}");
        assert_eq!(LINE.solid().canonical(blank), visible, "{blank:?}");
        assert_eq!(Form::line("topic", 0, 5).canonical(blank), visible, "{blank:?}");
        assert!(Form::free("body", 1, 20).canonical(blank).is_ok(), "{blank:?}");
    }
    for seen in ["a\u{200d}b", "\u{1f468}\u{200d}\u{1f469}", "❤\u{fe0f}", "نمی\u{200c}خ"] {
        assert_eq!(LINE.canonical(seen), Ok(seen.to_owned()), "{seen:?}");
    }
}

#[test]
fn x_20_a_line_stays_on_its_line_and_keeps_its_direction() {
    for bad in ["a\nb", "a\rb", "a\tb", "a\0b", "a\u{85}b", "a\u{2028}b", "a\u{2029}b", "\u{1b}["] {
        let says = Err("must be 1 to 5 characters on one line".into());
        assert_eq!(LINE.canonical(bad), says, "{bad:?}");
    }
    for bad in ["a\u{202e}b", "a\u{200f}", "\u{2066}a\u{2069}", "\u{61c}a"] {
        let says = Err("must not have characters that turn the direction of writing".into());
        assert_eq!(LINE.canonical(bad), says, "{bad:?}");
    }
    for bad in ["a\u{378}", "a\u{fffe}"] {
        let says = Err("must not have characters that Unicode has not assigned".into());
        assert_eq!(LINE.canonical(bad), says, "{bad:?}");
    }
    let free = Form::free("body", 1, 50);
    for good in ["a\u{202e}b", "a\u{2028}b", "\u{378}", "\u{1b}[0m"] {
        assert_eq!(free.canonical(good), Ok(good.to_owned()), "people write it");
    }
    assert!(free.canonical("a\0").is_err());
}

#[test]
fn what_is_solid_has_no_spaces_and_nothing_hidden() {
    let code = LINE.solid();
    assert_eq!(code.canonical(" AB-1 "), Ok("AB-1".to_owned()));
    for bad in ["a b", "a\u{a0}b", "a\u{200b}b", "a\u{ad}", "\u{feff}a"] {
        let says = Err("must be 1 to 5 characters without spaces".into());
        assert_eq!(code.canonical(bad), says, "{bad:?}");
    }
}

#[test]
fn a_violation_names_the_field_and_a_blank_text_may_be_none() {
    let wrong = LINE.check("name", "").unwrap_err();
    assert_eq!(wrong.field, "name");
    assert_eq!(LINE.check_optional("topic", Some("  ")), Ok(None));
    assert_eq!(LINE.check_optional("topic", None), Ok(None));
    assert_eq!(LINE.check_optional("topic", Some(" a ")), Ok(Some("a".to_owned())));
    assert_eq!(LINE.check_optional("topic", Some("\u{3164}")).unwrap_err().field, "topic");
}

#[test]
fn a_further_check_says_what_a_text_must_be() {
    for good in ["ada@example.org", "ADA@Example.org", "ä@exämple.org"] {
        assert_eq!(forms::EMAIL.canonical(&format!(" {good} ")), Ok(good.to_owned()));
    }
    let long = format!("{}@{}.org", "a".repeat(64), "b".repeat(190));
    for bad in ["", "ada", "@example.org", "ada@", "a b@example.org", "a@b@c", "a@-b.org", &long] {
        let says = Err("must be an e-mail address of at most 254 bytes".into());
        assert_eq!(forms::EMAIL.canonical(bad), says, "{bad:?}");
    }
}

#[test]
fn a_schema_has_the_numbers_of_the_form() {
    assert_eq!(LINE.facts(), Facts { min_length: 1, max_length: 5, pattern: None });
    assert_eq!(LINE.solid().facts().pattern, Some(r"^\S+$"));
    assert_eq!(forms::EMAIL.facts().max_length, 254);
    assert!(forms::COLOR.facts().pattern.is_some());
}
