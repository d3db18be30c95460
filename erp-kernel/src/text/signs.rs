//! Which characters show nothing, turn the direction of writing, or are none yet.

use std::ops::RangeInclusive;

use unicode_normalization::char::is_public_assigned;

/// The characters that show nothing, besides white space and controls.
///
/// `Default_Ignorable_Code_Point` of the Unicode Character Database (`DerivedCoreProperties.txt`; the
/// ranges hold unassigned code points too, so that they stay as they are from version to version), and
/// five that are blank without having the property.
const INVISIBLE: [RangeInclusive<char>; 21] = [
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{202a}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    // The blank pattern of Braille.
    '\u{2800}'..='\u{2800}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fff8}',
    // The signs of interlinear annotation.
    '\u{fff9}'..='\u{fffb}',
    // The filler of the Khitan small script.
    '\u{16fe4}'..='\u{16fe4}',
    '\u{1bca0}'..='\u{1bca3}',
    // The musical null notehead.
    '\u{1d159}'..='\u{1d159}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e0fff}',
];

/// The planes and the area that are private for ever: no later version of Unicode assigns them.
const PRIVATE: [RangeInclusive<char>; 3] =
    ['\u{e000}'..='\u{f8ff}', '\u{f0000}'..='\u{ffffd}', '\u{100000}'..='\u{10fffd}'];

/// Whether a reader sees something of the character.
///
/// ```
/// use erp_kernel::text::is_visible;
/// assert!(is_visible('é') && is_visible('🙂'));
/// assert!(!is_visible('\u{200b}') && !is_visible('\u{3164}') && !is_visible(' '));
/// ```
pub fn is_visible(sign: char) -> bool {
    !sign.is_whitespace()
        && !sign.is_control()
        && !INVISIBLE.iter().any(|range| range.contains(&sign))
}

/// Whether the character only turns the direction of writing: `Bidi_Control` of the Unicode Character
/// Database (`PropList.txt`).
pub fn is_bidi_control(sign: char) -> bool {
    matches!(
        sign,
        '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// Whether the character ends a line or a paragraph without being a control.
pub fn is_line_break(sign: char) -> bool {
    matches!(sign, '\u{2028}' | '\u{2029}')
}

/// Whether Unicode has assigned the character, for private use too. The key of a text of such
/// characters is the same in every later version (Unicode's policy of stability); that of others may
/// change.
pub fn is_assigned(sign: char) -> bool {
    sign.is_ascii() || is_public_assigned(sign) || PRIVATE.iter().any(|range| range.contains(&sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_20_what_shows_nothing_is_known() {
        for sign in [
            ' ',
            '\t',
            '\0',
            '\u{85}',
            '\u{a0}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{1160}',
            '\u{17b4}',
            '\u{180e}',
            '\u{200b}',
            '\u{200d}',
            '\u{200f}',
            '\u{2028}',
            '\u{202e}',
            '\u{2060}',
            '\u{2064}',
            '\u{2069}',
            '\u{206f}',
            '\u{2800}',
            '\u{3000}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fffa}',
            '\u{1d159}',
            '\u{1d173}',
            '\u{e0001}',
            '\u{e0100}',
        ] {
            assert!(!is_visible(sign), "U+{:04X}", u32::from(sign));
        }
        for sign in ['a', '-', '.', 'é', 'ب', '中', '🙂', '\u{2801}', '\u{301}', '\u{fffd}'] {
            assert!(is_visible(sign), "U+{:04X}", u32::from(sign));
        }
    }

    #[test]
    fn x_20_each_bidi_control_is_known_and_shows_nothing() {
        let all: Vec<char> = ('\0'..=char::MAX).filter(|sign| is_bidi_control(*sign)).collect();
        assert_eq!(all.len(), 12);
        assert!(all.iter().all(|sign| !is_visible(*sign)));
    }

    #[test]
    fn what_is_not_assigned_is_known() {
        for sign in ['a', 'é', '中', '🙂', '\u{200b}', '\u{e000}', '\u{10fffd}'] {
            assert!(is_assigned(sign), "U+{:04X}", u32::from(sign));
        }
        for sign in ['\u{378}', '\u{fffe}', '\u{ffff}', '\u{1fffe}', '\u{10ffff}', '\u{e0fff}'] {
            assert!(!is_assigned(sign), "U+{:04X}", u32::from(sign));
        }
    }
}
