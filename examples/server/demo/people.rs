//! Who works at the company.

use erp_core::access::BuiltInRole;

use super::Account;

/// The password of every demo account.
pub const PASSWORD: &str = "brightwater-demo";

/// A person of the demo data.
pub struct Person {
    /// What the script calls him.
    pub key: &'static str,
    /// The name that others see.
    pub name: &'static str,
    /// His role.
    pub role: BuiltInRole,
    /// What the log-in form says of him; without it nobody can log in as him.
    about: Option<&'static str>,
    /// He works here no longer.
    pub left: bool,
}

impl Person {
    const fn staff(key: &'static str, name: &'static str) -> Self {
        Self { key, name, role: BuiltInRole::MEMBER, about: None, left: false }
    }

    const fn with_account(self, about: &'static str) -> Self {
        Self { about: Some(about), ..self }
    }

    const fn with_role(self, role: BuiltInRole) -> Self {
        Self { role, ..self }
    }

    /// His address; the domain is reserved for examples.
    pub fn email(&self) -> String {
        format!("{}@brightwater.example", self.key)
    }

    /// His account, if one can log in with it.
    pub fn account(&self) -> Option<Account> {
        let Self { name, about, .. } = *self;
        about.map(|about| Account { name, email: self.email(), password: PASSWORD, about })
    }
}

/// The one who owns the organisation.
pub const OWNER: Person = Person::staff("anna", "Anna Lindqvist")
    .with_account("Managing director, owns the organisation")
    .with_role(BuiltInRole::OWNER);

/// The others.
pub const PEOPLE: &[Person] = &[
    Person::staff("tom", "Tom Becker").with_account("Senior technician, out on site"),
    Person::staff("sofia", "Sofia Rossi").with_account("Office and invoicing"),
    Person::staff("karin", "Karin Vogel")
        .with_account("A customer: guest in one support room")
        .with_role(BuiltInRole::GUEST),
    Person::staff("marek", "Marek Nowak").with_role(BuiltInRole::ADMIN),
    Person::staff("leila", "Leila Haddad"),
    Person::staff("jonas", "Jonas Eriksen"),
    Person::staff("priya", "Priya Nair"),
    Person::staff("oskar", "Oskar Wieland"),
    Person::staff("emma", "Emma Clarke"),
    Person::staff("daniel", "Daniel Osei"),
    Person::staff("ines", "Ines Duarte"),
    Person { left: true, ..Person::staff("sam", "Sam Whitfield") },
];
