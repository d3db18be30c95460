//! An organisation with a few people and rooms, and a server for it.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use axum::Router;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta};
use erp_core::{
    Ctx, Engine,
    access::{
        BuiltInRole, DeviceInfo, LoginRequest, NewOwner, NewRole, NewTeam, NewUser, Password,
        RequestOrigin, RoleHolder,
    },
    change::Version,
    chat::{NewMessage, NewRoom, RoomKind},
    ids::{
        AttachmentId, ChecklistItemId, CommentId, ItemCategoryId, ItemId, MessageId, MilestoneId,
        PhaseDefinitionId, PhaseId, PostingId, ProjectCategoryId, ProjectId, ProjectTemplateId,
        RateId, ReservationId, RoleId, RoomId, SessionId, StockAlertId, TaskId, TeamId,
        TimeEntryId, UserId, WarehouseId,
    },
    inventory::{
        Direction, ItemCategory, ItemFields, NewLine, NewPosting, NewReservation, PostingKind,
        Price, Unit, Warehouse,
    },
    money::{Currency, Decimal, Money},
    object_store::memory::InMemory,
    page::PageRequest,
    policy::{Permission, PermissionSet},
    port::{IdGenerator, ManualClock, Store},
    projects::{
        DependencyKind, HourlyRate, Milestone, NewComment, NewDependency, NewFile, NewPhase,
        NewProject, NewProjectTemplate, NewTask, PhaseDefinition, PhaseDetails, ProjectCategory,
        ProjectDetails, ProjectRole, TemplateBody, TimeSpent, rules::OnOverlap,
    },
    record::{Day, Name},
    system::{Argon2Passwords, SystemIds},
};
use erp_http::{HttpOptions, RateLimits, router};
use erp_realtime::hub::{Hub, HubOptions};
use erp_store_memory::MemoryStore;
use futures::stream;
use reqwest::Method;
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

use super::call::{Answer, Call};

/// Everyone's password.
pub const PASSWORD: &str = "correct horse battery";

/// The people, by what they may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    /// Owns the organisation; belongs to no room.
    Owner,
    /// An admin; belongs to no room.
    Admin,
    /// A member, who opened the group.
    Ann,
    /// A member, who belongs to the group.
    Bob,
    /// A guest, who belongs to the group.
    Gus,
    /// A member, who was taken out of the group.
    Left,
    /// A guest who belongs to no room.
    Stray,
}

impl Person {
    pub const ALL: [Self; 7] =
        [Self::Owner, Self::Admin, Self::Ann, Self::Bob, Self::Gus, Self::Left, Self::Stray];

    pub fn email(self) -> String {
        format!("{self:?}@example.org").to_lowercase()
    }

    fn role(self) -> BuiltInRole {
        match self {
            Self::Owner => BuiltInRole::OWNER,
            Self::Admin => BuiltInRole::ADMIN,
            Self::Ann | Self::Bob | Self::Left => BuiltInRole::MEMBER,
            Self::Gus | Self::Stray => BuiltInRole::GUEST,
        }
    }
}

/// What requests are made about. None of it belongs to the one who asks, unless he is Ann.
#[derive(Clone, Copy, Debug)]
pub struct Things {
    pub role: RoleId,
    pub team: TeamId,
    pub inner_team: TeamId,
    pub group: RoomId,
    pub channel: RoomId,
    pub message: MessageId,
    pub session: SessionId,
    pub warehouse: WarehouseId,
    pub category: ItemCategoryId,
    pub item: ItemId,
    pub posting: PostingId,
    pub reservation: ReservationId,
    pub alert: StockAlertId,
    pub project_category: ProjectCategoryId,
    pub template: ProjectTemplateId,
    pub project: ProjectId,
    pub task: TaskId,
    pub before: TaskId,
    pub whole: TaskId,
    pub time: TimeEntryId,
    pub comment: CommentId,
    pub check: ChecklistItemId,
    /// Ann's file on the task.
    pub attachment: AttachmentId,
    /// Her file on no task.
    pub pending: AttachmentId,
    pub milestone: MilestoneId,
    pub phase_definition: PhaseDefinitionId,
    pub phase: PhaseId,
    pub rate: RateId,
}

/// The organisation and its server.
pub struct World {
    pub engine: Engine,
    pub hub: Hub,
    pub clock: Arc<ManualClock>,
    pub base: String,
    pub client: reqwest::Client,
    pub things: Things,
    people: Vec<UserId>,
    server: JoinHandle<()>,
    waits: JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
        self.waits.abort();
    }
}

impl World {
    /// With options that do not get in a test's way.
    pub async fn start() -> Self {
        Self::with(HttpOptions { rate_limits: RateLimits::NONE, ..HttpOptions::default() }).await
    }

    pub async fn with(options: HttpOptions) -> Self {
        Self::hosted(options, |router| router).await
    }

    /// The engine's router within a host's.
    pub async fn hosted(options: HttpOptions, host: impl FnOnce(Router) -> Router) -> Self {
        let ids: Arc<dyn IdGenerator> = Arc::new(SystemIds);
        Self::built((Arc::new(MemoryStore::new()), ids), options, host).await
    }

    /// Over this store, with ids and secrets from here. It reads large bodies to their end, so that
    /// each field has to have a bound of its own.
    pub async fn over(store: Arc<dyn Store>, ids: Arc<dyn IdGenerator>) -> Self {
        let (rate_limits, max_body_bytes) = (RateLimits::NONE, 4 << 20);
        let options = HttpOptions { rate_limits, max_body_bytes, ..HttpOptions::default() };
        Self::built((store, ids), options, |router| router).await
    }

    async fn built(
        (store, ids): (Arc<dyn Store>, Arc<dyn IdGenerator>),
        options: HttpOptions,
        host: impl FnOnce(Router) -> Router,
    ) -> Self {
        let clock = Arc::new(ManualClock::at(DateTime::from_timestamp(1_750_000_000, 0).unwrap()));
        let engine = Engine::builder(store)
            .clock(clock.clone())
            .ids(ids)
            .passwords(Arc::new(Argon2Passwords::with_params(8, 1, 1).unwrap()))
            .files(Arc::new(InMemory::new()))
            .build()
            .unwrap();
        let people = people(&engine).await;
        let things = things(&engine, &people).await;
        let hub = Hub::start(engine.clone(), HubOptions::default()).unwrap();
        let app = host(router(engine.clone(), hub.clone(), options).into_axum_router());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        let client = reqwest::Client::new();
        let waits = tokio::spawn(pass_waits(clock.clone()));
        Self { waits, engine, hub, clock, base, client, things, people, server }
    }

    pub fn id(&self, person: Person) -> UserId {
        self.people[person as usize]
    }

    /// A new session's token.
    pub async fn token(&self, person: Person) -> String {
        token(&self.engine, person).await.0
    }

    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// A request of nobody.
    pub fn call(&self, method: Method, path: &str) -> Call {
        Call(self.client.request(method, format!("{}{path}", self.base)))
    }

    /// A request of someone, with a session of its own.
    pub async fn by(&self, person: Person, method: Method, path: &str) -> Call {
        let token = self.token(person).await;
        self.call(method, path).token(&token)
    }

    pub async fn get(&self, person: Person, path: &str) -> Answer {
        self.by(person, Method::GET, path).await.send().await
    }

    pub async fn send(&self, person: Person, method: Method, path: &str, body: Value) -> Answer {
        self.by(person, method, path).await.json(&body).send().await
    }
}

async fn token(engine: &Engine, person: Person) -> (String, SessionId) {
    let request = LoginRequest {
        email: person.email(),
        password: Password::new(PASSWORD),
        device: DeviceInfo::default(),
    };
    let outcome = engine.access().login(&RequestOrigin::default(), request).await.unwrap();
    (outcome.token.expose().to_owned(), outcome.session.id)
}

/// Moves the clock on whenever a login is held back.
async fn pass_waits(clock: Arc<ManualClock>) {
    loop {
        let wake = clock.next_wake().await;
        clock.set(wake);
    }
}

async fn people(engine: &Engine) -> Vec<UserId> {
    let access = engine.access();
    let mut people = Vec::new();
    for person in Person::ALL {
        let (email, display_name) = (person.email(), format!("{person:?}"));
        let password = Password::new(PASSWORD);
        let id = if person == Person::Owner {
            let owner = NewOwner { email, display_name, password };
            access.set_up(&Ctx::system(), owner).await.unwrap().id
        } else {
            let roles = vec![person.role().id];
            let new = NewUser { email, display_name, password: Some(password), roles };
            access.create_user(&Ctx::system(), new).await.unwrap().id
        };
        people.push(id);
    }
    people
}

async fn things(engine: &Engine, people: &[UserId]) -> Things {
    let id = |person: Person| people[person as usize];
    let (access, chat) = (engine.access(), engine.chat());
    let ann = Ctx::user(id(Person::Ann));
    let system = Ctx::system();
    let permissions = PermissionSet::of(&[Permission::ChatSupport]);
    let role = NewRole { name: "Helpers".to_owned(), permissions };
    let role = access.create_role(&system, role).await.unwrap().id;
    access.grant_role(&system, RoleHolder::User(id(Person::Bob)), role).await.unwrap();
    let team = async |name: &str| {
        access.create_team(&system, NewTeam { name: name.to_owned() }).await.unwrap().id
    };
    let (outer, inner) = (team("Outer").await, team("Inner").await);
    access.add_team_member(&system, outer, id(Person::Bob)).await.unwrap();
    let room = async |kind, members| {
        let new = NewRoom {
            kind,
            name: format!("{kind:?}"),
            topic: None,
            project: None,
            history: None,
            members,
        };
        chat.create_room(&ann, new).await.unwrap().id
    };
    let others = [Person::Bob, Person::Gus, Person::Left].map(id).to_vec();
    let group = room(RoomKind::Group, others).await;
    let channel = room(RoomKind::Channel, Vec::new()).await;
    let message = chat.post(&ann, group, NewMessage::text("Hello")).await.unwrap().id;
    chat.remove_member(&ann, group, id(Person::Left)).await.unwrap();
    let session = token(engine, Person::Ann).await.1;
    let (warehouse, category, item) = masters(engine).await;
    let (posting, reservation, alert) = stock(engine, people, item, warehouse).await;
    let solar = ProjectCategory::new("Solar", None).unwrap();
    let solar = engine.records().create(&system, solar).await.unwrap();
    let body: TemplateBody = serde_json::from_str(TEMPLATE).unwrap();
    let roof = NewProjectTemplate { name: "Roof".to_owned(), category: Some(solar.id), body };
    let roof = engine.projects().create_template(&system, roof).await.unwrap();
    let project = project(engine, people).await;
    let [before, task, whole] = tasks(engine, &ann, project).await;
    let at = |hour: i64| DateTime::from_timestamp(1_748_700_000 + hour * 3_600, 0).unwrap();
    let spent = TimeSpent { started_at: at(0), ended_at: Some(at(1)), note: None };
    let time = engine.projects().log_time(&ann, task, spent).await.unwrap().id;
    let checklist = engine.projects().add_to_checklist(&ann, task, "Measure").await.unwrap();
    let check = checklist.items[0].id;
    let attachment = upload(engine, &ann, project, "plan.txt").await;
    let attachment = engine.projects().link_attachment(&ann, attachment, Version(2), task).await;
    let attachment = attachment.unwrap().id;
    let pending = upload(engine, &ann, project, "draft.txt").await;
    let comment = NewComment { body: "Where are the rails?".to_owned(), answers: None };
    let comment = engine.projects().comment(&ann, task, comment).await.unwrap().id;
    let amount = Money::new(Decimal::from(75), Currency::new("EUR").unwrap()).unwrap();
    let day = |text: &str| Day::new(text.parse().unwrap()).unwrap();
    let new = HourlyRate {
        user: id(Person::Ann),
        project: None,
        valid_from: day("2025-01-01"),
        rate: amount,
    };
    let rate = engine.records().create(&system, new).await.unwrap().id;
    let covered = Milestone {
        project,
        name: Name::new("Roof").unwrap(),
        description: None,
        due_on: Some(day("2025-07-01")),
    };
    let milestone = engine.records().create(&ann, covered).await.unwrap().id;
    let (phase_definition, phase) = phase(engine, &ann, project).await;
    Things {
        role,
        team: outer,
        inner_team: inner,
        group,
        channel,
        message,
        session,
        warehouse,
        category,
        item,
        posting,
        reservation,
        alert,
        project_category: solar.id,
        template: roof.head.id,
        project,
        task,
        before,
        whole,
        time,
        comment,
        check,
        attachment,
        pending,
        milestone,
        phase_definition,
        phase,
        rate,
    }
}

async fn upload(engine: &Engine, ctx: &Ctx, project: ProjectId, name: &str) -> AttachmentId {
    let file = NewFile { name: name.to_owned(), content_type: "text/plain".to_owned() };
    let content = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"south first"))]);
    engine.projects().upload(ctx, project, file, content).await.unwrap().id
}

async fn phase(engine: &Engine, ann: &Ctx, project: ProjectId) -> (PhaseDefinitionId, PhaseId) {
    let projects = engine.projects();
    let build = PhaseDefinition { name: Name::new("Build").unwrap() };
    let build = engine.records().create(&Ctx::system(), build).await.unwrap().id;
    let day = |month, day| chrono::NaiveDate::from_ymd_opt(2025, month, day).unwrap();
    let details = PhaseDetails { starts_on: day(6, 1), ends_on: day(6, 30), budget: None };
    let new = NewPhase { definition: build, details, on_overlap: OnOverlap::Refuse };
    (build, projects.create_phase(ann, project, new).await.unwrap().id)
}

/// What a project begins with.
const TEMPLATE: &str = r#"{
    "tasks": [
        { "key": "roof", "title": "Roof", "days": { "offset_days": 0, "length_days": 5 } },
        { "key": "rails", "title": "Mount the rails", "parent": "roof", "role": "fitter" },
        { "key": "modules", "title": "Lay the modules", "parent": "roof", "estimate_min": 480 }
    ],
    "dependencies": [
        { "predecessor": "rails", "successor": "modules", "kind": "finish_start", "lag_min": 60 }
    ]
}"#;

async fn masters(engine: &Engine) -> (WarehouseId, ItemCategoryId, ItemId) {
    let (inventory, system) = (engine.inventory(), Ctx::system());
    let warehouse = Warehouse::new("MAIN", "Main").unwrap();
    let warehouse = engine.records().create(&system, warehouse).await.unwrap().id;
    let category = ItemCategory::new("Cables", None).unwrap();
    let category = engine.records().create(&system, category).await.unwrap().id;
    let item = ItemFields {
        category: Some(category),
        unit: Unit { name: "m".to_owned(), scale: 2 },
        reorder_level: Some(Decimal::from(95)),
        ..ItemFields::new("CABLE-4", "Cable, 4 mm²")
    };
    let item = inventory.create_item(&system, item).await.unwrap().id;
    (warehouse, category, item)
}

/// 100 came in, Ann set 10 aside: stock is low.
async fn stock(
    engine: &Engine,
    people: &[UserId],
    item: ItemId,
    warehouse: WarehouseId,
) -> (PostingId, ReservationId, StockAlertId) {
    let (inventory, system) = (engine.inventory(), Ctx::system());
    let price = Some(Price::Each(Decimal::new(150, 2)));
    let direction = Direction::In { price };
    let line = NewLine::new((item, warehouse), 100, direction);
    let kind = PostingKind::Receipt;
    let receipt = NewPosting::now(kind, vec![line]);
    let posting = inventory.post(&system, receipt).await.unwrap().posting.id;
    let reservation = NewReservation {
        item,
        warehouse,
        quantity: Decimal::from(10),
        owner: None,
        expires_at: None,
        reference: None,
    };
    let ann = Ctx::user(people[Person::Ann as usize]);
    let reservation = inventory.reserve(&ann, reservation).await.unwrap().id;
    let alerts = inventory.alerts(&system, &PageRequest::default()).await.unwrap();
    (posting, reservation, alerts.items[0].id)
}

/// Ann's project, with Bob as a member and Gus as a viewer; Left was taken out.
async fn project(engine: &Engine, people: &[UserId]) -> ProjectId {
    let id = |person: Person| people[person as usize];
    let (projects, ann) = (engine.projects(), Ctx::user(id(Person::Ann)));
    let new = NewProject {
        code: "ROOF".to_owned(),
        details: ProjectDetails::named("Roof"),
        members: vec![
            (id(Person::Bob), ProjectRole::Member),
            (id(Person::Gus), ProjectRole::Viewer),
            (id(Person::Left), ProjectRole::Member),
        ],
    };
    let project = projects.create(&ann, new).await.unwrap().id;
    projects.remove_member(&ann, project, id(Person::Left)).await.unwrap();
    project
}

/// Three tasks, of which the second waits for the first.
async fn tasks(engine: &Engine, ann: &Ctx, project: ProjectId) -> [TaskId; 3] {
    let projects = engine.projects();
    let task = async |title: &str| {
        projects.create_task(ann, project, NewTask::titled(title)).await.unwrap().id
    };
    let tasks = [task("Order rails").await, task("Mount rails").await, task("The roof").await];
    let kind = DependencyKind::FinishStart;
    let link = NewDependency { predecessor: tasks[0], successor: tasks[1], kind, lag_min: 0 };
    projects.link_tasks(ann, link).await.unwrap();
    tasks
}
