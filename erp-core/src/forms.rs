//! The forms of the texts that the modules keep: what may be written, what is looked up, and what the
//! OpenAPI document says of both.
//!
//! A service checks the rights first, then the fields, so input arrives as it was typed and is brought
//! into its form there: `forms::NAME.check("name", &new.name)?`.

use erp_kernel::text::{Form, Further};

pub use erp_kernel::text::forms::{CODE, EMAIL, NAME, ZONE};

/// A name in lists and menus: of a role, a team or a room.
pub const SHORT_NAME: Form = Form::line("short name", 1, 100);
/// What a room is about; an empty one is none.
pub const TOPIC: Form = Form::line("topic", 0, 500);
/// What a message says. How long it may be is an option: [`Form::within_bytes`].
pub const MESSAGE: Form = Form::free("message", 1, 64 * 1024);
/// What a thing is described by; a blank one is none.
pub const DESCRIPTION: Form = Form::free("description", 0, 64 * 1024);
/// What a comment says.
pub const COMMENT: Form = Form::free("comment", 1, 64 * 1024);
/// A label of a task.
pub const LABEL: Form = Form::line("label", 1, 50);
/// A line of a checklist.
pub const CHECKLIST_LINE: Form = Form::line("line of a checklist", 1, 500);
/// The name of a device; an empty one is none.
pub const DEVICE: Form = Form::line("device", 0, 200).within_bytes(200);
/// What a host's broadcast is called.
pub const BROADCAST: Form = Form::line("name of a broadcast", 1, 100).within_bytes(100);
/// What a posting refers to outside, such as an order; an empty one is none.
pub const REFERENCE: Form = Form::line("reference", 0, 200);
/// The name of a unit.
pub const UNIT: Form = Form::line("unit", 1, 16);
/// A text that names of users are searched for; an empty one is none.
pub const USER_SEARCH: Form = Form::line("search", 0, 200);
/// The key that a project is made from a template with.
pub const ORIGIN_KEY: Form = Form::line("key", 1, 200);

/// The name of a file.
pub const FILE_NAME: Form = Form::line("file name", 1, 255).and(Further {
    check: |text| !text.contains(['/', '\\']) && !matches!(text, "." | ".."),
    pattern: r"^[^/\\]+$",
    says: "must be 1 to 255 characters on one line, without a path",
    examples: &["Plan é.pdf", ".profile", "a.tar.gz"],
});

/// The code of a project; it is kept in capital letters.
pub const PROJECT_CODE: Form = Form::line("code of a project", 1, 20).solid().and(Further {
    check: |text| {
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-')
    },
    pattern: "^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$",
    says: "must be 1 to 20 letters, digits and inner hyphens",
    examples: &["SOLAR-7", "a", "2024"],
});

/// What the codes of a project's tasks begin with.
pub const TASK_PREFIX: Form = Form::line("prefix of tasks", 1, 10).solid().and(Further {
    check: |text| {
        text.starts_with(|first: char| first.is_ascii_uppercase())
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    },
    pattern: "^[A-Z][A-Z0-9]{0,9}$",
    says: "must be 1 to 10 capital letters and digits, a letter first",
    examples: &["TASK", "A1"],
});

/// What a task or a phase of a template is called within it.
pub const TEMPLATE_KEY: Form = Form::line("key in a template", 1, 50).solid().and(Further {
    check: |text| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
    pattern: "^[A-Za-z0-9._-]+$",
    says: "must be 1 to 50 letters, digits, hyphens, points and underscores",
    examples: &["roof", "1.2_a-b"],
});
