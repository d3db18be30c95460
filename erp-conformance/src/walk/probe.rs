//! Everything that can be read, as questions that a store and the model answer with the same text.

mod answer;
mod ask;
mod catalog;
mod lots;
mod masters;
mod outcome;
mod phases;
mod plan;
mod projects;
mod records;
mod reports;
mod stock;
mod task_lists;
mod task_parts;
mod work;

use erp_core::{
    access::{AuditQuery, UserQuery, UserStatus},
    chat::{DirectPair, MessageAnchor, MessageQuery, RoomQuery, Seq},
    ids::{MessageId, RoleId, RoomId, TeamId, UserId},
    text::key as folded,
};

pub(super) use self::outcome::{body, outcome};
use self::{
    catalog::CatalogProbe, lots::LotProbe, masters::MasterProbe, phases::PhaseProbe,
    plan::PlanProbe, projects::ProjectProbe, records::RecordProbe, reports::ReportProbe,
    stock::StockProbe, task_parts::TaskPartProbe, work::WorkProbe,
};
use super::model::Model;
use crate::random::Random;

/// A question.
#[derive(Clone, Debug)]
pub(super) enum Probe {
    User(UserId),
    Users(UserQuery),
    Credentials(String),
    Subject(UserId),
    RolesOf(UserId),
    SessionsOf(UserId),
    SessionByToken([u8; 32]),
    Device([u8; 32]),
    DevicesOf(UserId),
    Roles,
    Role(RoleId),
    Teams,
    TeamMembers(TeamId),
    Graph,
    Room(RoomId),
    Access(RoomId, UserId),
    Posting(RoomId, UserId),
    Direct(DirectPair),
    Channel(String),
    Channels(RoomQuery),
    RoomsOf(UserId, RoomQuery),
    Unread(UserId),
    Memberships(UserId),
    Peers(UserId),
    Members(RoomId, Option<UserId>, usize),
    Message(MessageId),
    Messages(MessageQuery),
    Edits(MessageId),
    Audit(AuditQuery),
    Projects(ProjectProbe),
    Plan(PlanProbe),
    Phases(PhaseProbe),
    Records(RecordProbe),
    TaskParts(TaskPartProbe),
    Work(WorkProbe),
    Catalog(CatalogProbe),
    Masters(MasterProbe),
    Stock(StockProbe),
    Lots(LotProbe),
    Reports(ReportProbe),
}

/// Questions about all that the model knows, with parts of lists chosen at random.
pub(super) fn all(model: &Model, random: &mut Random) -> Vec<Probe> {
    let mut probes = vec![Probe::Roles, Probe::Teams, Probe::Graph];
    of_users(model, random, &mut probes);
    probes.extend(model.roles.iter().map(|role| Probe::Role(role.id)));
    probes.extend(model.teams.iter().map(|team| Probe::TeamMembers(team.id)));
    of_rooms(model, random, &mut probes);
    probes.extend(model.messages.iter().map(|message| Probe::Message(message.id)));
    probes.extend(model.edits.iter().map(|edit| Probe::Edits(edit.message)));
    probes.extend(projects::all(model, random).into_iter().map(Probe::Projects));
    probes.extend(plan::all(model).into_iter().map(Probe::Plan));
    probes.extend(phases::all(model, random).into_iter().map(Probe::Phases));
    probes.extend(records::all(model, random).into_iter().map(Probe::Records));
    probes.extend(task_parts::all(model, random).into_iter().map(Probe::TaskParts));
    probes.extend(work::all(model, random).into_iter().map(Probe::Work));
    probes.extend(catalog::all(model, random).into_iter().map(Probe::Catalog));
    probes.extend(masters::all(model, random).into_iter().map(Probe::Masters));
    probes.extend(stock::all(model, random).into_iter().map(Probe::Stock));
    probes.extend(lots::all(model, random).into_iter().map(Probe::Lots));
    probes.extend(reports::all(model, random).into_iter().map(Probe::Reports));
    of_the_audit_log(model, random, &mut probes);
    probes
}

/// Half of them, others at each look: there are many.
fn some<'a, T>(items: &'a [T], random: &mut Random) -> Vec<&'a T> {
    items.iter().filter(|_| random.percent(50)).collect()
}

fn of_users(model: &Model, random: &mut Random, probes: &mut Vec<Probe>) {
    use UserStatus::{Active, Deactivated, Deleted};
    for status in [None, Some(Active), Some(Deactivated), Some(Deleted)] {
        for search in [None, Some("B"), Some("ä"), Some("_"), Some("%"), Some("org")] {
            let search = search.map(str::to_owned);
            let search_email = random.percent(50);
            let user = &random.pick(&model.users).user;
            let after = (folded(&user.display_name), user.id);
            let after = random.percent(50).then_some(after);
            let limit = 1 + random.below(12);
            probes.push(Probe::Users(UserQuery { search, search_email, status, after, limit }));
        }
    }
    for row in &model.users {
        let id = row.user.id;
        probes.push(Probe::Credentials(row.user.email.key().to_owned()));
        probes.extend([Probe::User(id), Probe::Subject(id), Probe::RolesOf(id)]);
        probes.extend([Probe::SessionsOf(id), Probe::Unread(id), Probe::Peers(id)]);
        probes.extend([Probe::Memberships(id), Probe::DevicesOf(id)]);
        let query = RoomQuery { after: random_room(model, random), limit: 1 + random.below(5) };
        probes.push(Probe::RoomsOf(id, query));
    }
    probes.extend(model.sessions.iter().map(|(_, token)| Probe::SessionByToken(*token)));
    probes.extend(model.devices.iter().map(|device| Probe::Device(device.token.0)));
}

fn random_room(model: &Model, random: &mut Random) -> Option<RoomId> {
    if model.rooms.is_empty() || random.percent(50) {
        return None;
    }
    Some(random.pick(&model.rooms).id)
}

fn of_rooms(model: &Model, random: &mut Random, probes: &mut Vec<Probe>) {
    let query = RoomQuery { after: random_room(model, random), limit: 1 + random.below(5) };
    probes.push(Probe::Channels(query));
    for room in &model.rooms {
        probes.push(Probe::Room(room.id));
        probes.extend(room.pair.map(Probe::Direct));
        let names = room.name.iter().flat_map(|name| [name.to_uppercase(), folded(name)]);
        probes.extend(names.map(Probe::Channel));
        let user = match room.pair {
            // Only the two of a direct room have a peer in it.
            Some(pair) => pair.users().0,
            None => random.pick(&model.users).user.id,
        };
        probes.extend([Probe::Access(room.id, user), Probe::Posting(room.id, user)]);
        let after = random.percent(50).then_some(user);
        probes.push(Probe::Members(room.id, after, 1 + random.below(4)));
        for _ in 0..3 {
            probes.push(Probe::Messages(messages(room.id, room.last_seq, random)));
        }
    }
}

fn messages(room: RoomId, last_seq: Seq, random: &mut Random) -> MessageQuery {
    let bound = usize::try_from(last_seq.0).expect("it is small") + 2;
    let mut any = || Seq(i64::try_from(random.below(bound)).expect("it is small"));
    let (seq, visible_after) = (any(), any());
    let anchor = *random.pick(&[
        MessageAnchor::Latest,
        MessageAnchor::Before(seq),
        MessageAnchor::After(seq),
        MessageAnchor::Around(seq),
    ]);
    let visible_after = if random.percent(70) { Seq(0) } else { visible_after };
    MessageQuery { room, visible_after, anchor, limit: 1 + random.below(9) }
}

fn of_the_audit_log(model: &Model, random: &mut Random, probes: &mut Vec<Probe>) {
    if model.audit.is_empty() {
        return;
    }
    for _ in 0..8 {
        let of = random.pick(&model.audit).clone();
        let (from, until) = (random.pick(&model.audit).at, random.pick(&model.audit).at);
        let after = random.pick(&model.audit);
        let after = (after.at, after.id);
        probes.push(Probe::Audit(AuditQuery {
            entity_kind: random.percent(30).then(|| of.entity.kind.clone().into_owned()),
            entity_id: random.percent(10).then_some(of.entity.id),
            project: of.entity.project.filter(|_| random.percent(30)),
            actor: of.actor.user().filter(|_| random.percent(30)),
            action: random.percent(10).then_some(of.action),
            from: random.percent(30).then_some(from),
            until: random.percent(30).then_some(until),
            after: random.percent(40).then_some(after),
            limit: 1 + random.below(30),
        }));
    }
}
