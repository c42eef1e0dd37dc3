//! The engine's side of a function: one JavaScript realm with CloudFront's bounds.

use crate::bounds::{Bounds, LOG_BYTES_MAX, MESSAGE_CHARS_MAX, STACK_BYTES_MAX};
use crate::digest::Algorithm;
use crate::error::RunError;
use crate::function::{Function, FunctionError, Position};
use crate::key_values::KeyValues;
use crate::origin::Origin;
use crate::place::EdgeLocation;
use crate::stopwatch::Stopwatch;
use rquickjs::context::intrinsic;
use rquickjs::function::Func;
use rquickjs::{
    CatchResultExt as _, CaughtError, Coerced, Context, Ctx, Function as Callable, Module, Object, Persistent, Runtime,
    Value,
};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// Everything of the language that some part of the list needs. Proxy, Map, Set, WeakRef and timers are never made.
type Intrinsics = (
    intrinsic::Date,
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::TypedArrays,
    intrinsic::Promise,
);

/// Bytes that come into being before the engine looks for garbage, above what it keeps after a collection.
const GARBAGE_BYTES: usize = 256 * 1024;
/// Memory for looking at a source, in bytes.
const COMPILER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// What a store says of the time when it was made: local stores have none.
const STORE_TIME: &str = "1970-01-01T00:00:00.000Z";
/// An expression: a function of `host` that makes the realm and gives `{call, text}`.
const PRELUDE: &str = concat!(
    "'use strict'; (host) => {",
    include_str!("runtime/text.js"),
    include_str!("runtime/buffer.js"),
    include_str!("runtime/modules.js"),
    include_str!("runtime/allowed.js"),
    include_str!("runtime/realm.js"),
    "}"
);

/// Asks the engine whether a source (with blanks where `cf` is imported) is the JavaScript of a module.
pub(crate) fn compiles(source: &str) -> Result<(), FunctionError> {
    let machine = |error: rquickjs::Error| FunctionError::Machine(error.to_string());
    let runtime = Runtime::new().map_err(machine)?;
    runtime.set_memory_limit(COMPILER_BYTES_MAX);
    runtime.set_max_stack_size(STACK_BYTES_MAX);
    Context::custom::<Intrinsics>(&runtime).map_err(machine)?.with(|ctx| {
        match Module::declare(ctx.clone(), "function", source).catch(&ctx) {
            Ok(_) => Ok(()),
            Err(CaughtError::Exception(exception)) => {
                let at = position_in(&exception.stack().unwrap_or_default());
                Err(FunctionError::Syntax { at, message: exception.message().unwrap_or_default() })
            }
            Err(other) => Err(FunctionError::Machine(other.to_string())),
        }
    })
}

/// Reads `… (function:3:14)`.
fn position_in(stack: &str) -> Position {
    let first = stack.lines().next().unwrap_or_default().trim_end_matches(')');
    let mut numbers = first.rsplit(':').map_while(|part| part.parse::<usize>().ok());
    let (column, line) = (numbers.next().unwrap_or(1), numbers.next().unwrap_or(1));
    Position { line, column }
}

/// What one call did, apart from the event's own result.
pub(crate) struct Called {
    /// The result as JSON; `None` for what JSON has no word for.
    pub(crate) result: Result<Option<String>, RunError>,
    pub(crate) log: String,
    pub(crate) origin: Option<Origin>,
    pub(crate) spent: Duration,
}

/// What JavaScript and Rust both see of a call.
struct State {
    /// Runs while a call does.
    stopwatch: Cell<Option<Stopwatch>>,
    is_over: Cell<bool>,
    log: RefCell<String>,
    origin: RefCell<Option<Origin>>,
    may_choose: Cell<bool>,
}

/// One function in one realm. Persistent values go before the runtime that they live in.
pub(crate) struct Realm {
    call: Persistent<Callable<'static>>,
    text: Persistent<Callable<'static>>,
    program: Persistent<Callable<'static>>,
    context: Context,
    runtime: Runtime,
    state: Rc<State>,
    bounds: Bounds,
    /// What the realm takes before the first call.
    own_bytes: usize,
}

impl Realm {
    pub(crate) fn new(
        function: &Function,
        key_values: Option<&Arc<KeyValues>>,
        place: &EdgeLocation,
        bounds: Bounds,
    ) -> Result<Self, RunError> {
        let runtime = Runtime::new().map_err(machine)?;
        runtime.set_memory_limit(bounds.memory_bytes_max);
        runtime.set_max_stack_size(bounds.stack_bytes_max);
        let state = Rc::new(State {
            stopwatch: Cell::new(None),
            is_over: Cell::new(false),
            log: RefCell::default(),
            origin: RefCell::default(),
            may_choose: Cell::new(false),
        });
        let watched = Rc::clone(&state);
        runtime.set_interrupt_handler(Some(Box::new(move || watched.is_out_of_time(bounds))));
        // Nothing of what a realm is made of is garbage.
        runtime.set_gc_threshold(usize::MAX);
        let context = Context::custom::<Intrinsics>(&runtime).map_err(machine)?;
        let made = context.with(|ctx| {
            let make = || {
                let prelude: Callable<'_> = ctx.eval(PRELUDE)?;
                let realm: Object<'_> = prelude.call((host_object(&ctx, &state, key_values, place)?,))?;
                let call: Callable<'_> = realm.get("call")?;
                let text: Callable<'_> = realm.get("text")?;
                let program: Callable<'_> = ctx.eval(function.program())?;
                Ok([call, text, program].map(|part| Persistent::save(&ctx, part)))
            };
            make().catch(&ctx).map_err(|error| RunError::Machine(error.to_string()))
        });
        let [call, text, program] = made?;
        let own_bytes = usize::try_from(runtime.memory_usage().malloc_size).unwrap_or_default();
        Ok(Self { call, text, program, context, runtime, state, bounds, own_bytes })
    }

    /// Runs the function on one event. After anything but a result or an ordinary throw the realm is spent.
    pub(crate) fn call(&self, event: &str, query: Option<&str>, now_ms: u64, may_choose: bool) -> Called {
        let state = &self.state;
        state.may_choose.set(may_choose);
        state.is_over.set(false);
        self.runtime.set_gc_threshold(self.own_bytes + GARBAGE_BYTES);
        let stopwatch = Stopwatch::start();
        state.stopwatch.set(Some(stopwatch));
        let result = self.context.with(|ctx| {
            let result = self.settle(&ctx, event, query, now_ms);
            // What the function left behind must not run in the next call.
            self.run_jobs(&ctx);
            if state.is_over.get() { Err(RunError::TimeLimit { limit: self.bounds.cpu_max }) } else { result }
        });
        let spent = stopwatch.cpu();
        state.stopwatch.set(None);
        Called { result, log: state.log.take(), origin: state.origin.take(), spent }
    }

    fn settle(&self, ctx: &Ctx<'_>, event: &str, query: Option<&str>, now_ms: u64) -> Result<Option<String>, RunError> {
        let threw = |_| thrown(&ctx.catch());
        let restore = |kept: &Persistent<Callable<'static>>| kept.clone().restore(ctx).map_err(machine);
        let (call, text, program) = (restore(&self.call)?, restore(&self.text)?, restore(&self.program)?);
        let mut value: Value<'_> = call.call((program, event, query, now_ms)).map_err(threw)?;
        if let Some(promise) = value.as_promise().cloned() {
            self.run_jobs(ctx);
            value = promise.result().ok_or(RunError::NeverSettled)?.map_err(threw)?;
        }
        text.call((value,)).map_err(|_| match thrown(&ctx.catch()) {
            // Said by JSON.stringify.
            RunError::Threw { message } if message.contains("circular reference") => {
                RunError::invalid("the result", "refers to itself")
            }
            other => other,
        })
    }

    fn run_jobs(&self, ctx: &Ctx<'_>) {
        while !self.state.is_out_of_time(self.bounds) && ctx.execute_pending_job() {}
    }
}

impl State {
    /// Asked by the engine every few thousand steps, also within a regular expression.
    fn is_out_of_time(&self, bounds: Bounds) -> bool {
        let is_past = self.stopwatch.get().is_some_and(|watch| watch.is_past(bounds.cpu_max, bounds.wall_max));
        if is_past {
            self.is_over.set(true);
        }
        is_past
    }

    /// Adds a line; what does not fit any more is cut off, as on CloudFront.
    fn write(&self, line: &str) {
        let mut log = self.log.borrow_mut();
        let room = LOG_BYTES_MAX.saturating_sub(log.len());
        log.push_str(&line[..line.floor_char_boundary(room)]);
        if log.len() < LOG_BYTES_MAX {
            log.push('\n');
        }
    }

    /// Notes the origin that the function chose; gives back what is wrong with it.
    fn choose(&self, kind: &str, value: &str) -> Option<String> {
        if !self.may_choose.get() {
            return Some("an origin can be chosen in a viewer request only".to_owned());
        }
        match Origin::parse(kind, value) {
            Ok(origin) => {
                self.origin.replace(Some(origin));
                None
            }
            Err(problem) => Some(problem.to_string()),
        }
    }
}

/// What the realm's own code calls. The function never sees it.
fn host_object<'js>(
    ctx: &Ctx<'js>,
    state: &Rc<State>,
    key_values: Option<&Arc<KeyValues>>,
    place: &EdgeLocation,
) -> rquickjs::Result<Object<'js>> {
    let host = Object::new(ctx.clone())?;
    let (logging, choosing) = (Rc::clone(state), Rc::clone(state));
    host.set("log", Func::from(move |line: String| logging.write(&line)))?;
    host.set("choose", Func::from(move |kind: String, value: String| choosing.choose(&kind, &value)))?;
    host.set("hash", Func::from(|name: String, data: String| Algorithm::named(&name).hash(&latin1(&data))))?;
    host.set(
        "hmac",
        Func::from(|name: String, key: String, data: String| {
            Algorithm::named(&name).hmac(&latin1(&key), &latin1(&data))
        }),
    )?;
    host.set("hasStore", key_values.is_some())?;
    host.set("keyCount", key_values.map_or(0, |store| store.len()))?;
    host.set("storeTime", STORE_TIME)?;
    host.set("edgeLocation", place.to_json())?;
    let store = key_values.cloned();
    host.set(
        "value",
        Func::from(move |key: String| store.as_ref().and_then(|store| store.get(&key).map(str::to_owned))),
    )?;
    Ok(host)
}

/// Bytes that came as a text of the characters U+0000 to U+00FF.
fn latin1(text: &str) -> Vec<u8> {
    text.chars().filter_map(|c| u8::try_from(c).ok()).collect()
}

fn machine(error: rquickjs::Error) -> RunError {
    match error {
        rquickjs::Error::Allocation => RunError::MemoryLimit,
        other => RunError::Machine(other.to_string()),
    }
}

/// What a thrown value means. Reading it may run the function's own getters, which are bounded like all else.
fn thrown(value: &Value<'_>) -> RunError {
    // The engine throws this when there is no room for an error.
    if value.is_null() {
        return RunError::MemoryLimit;
    }
    let mut message = match value.as_object() {
        Some(object) => {
            let part = |name: &str| text_at(object, name).unwrap_or_default();
            match (part("name"), part("message")) {
                (name, message)
                    if name == "InternalError" && (message == "out of memory" || message == "string too long") =>
                {
                    return RunError::MemoryLimit;
                }
                (name, message) if name == "RangeError" && message.starts_with("Maximum call stack size") => {
                    return RunError::StackLimit;
                }
                (name, message) if name.is_empty() && message.is_empty() => "an object that is no error".to_owned(),
                (name, message) if name.is_empty() => message,
                (name, message) if message.is_empty() => name,
                (name, message) => format!("{name}: {message}"),
            }
        }
        None => match value.get::<Coerced<String>>() {
            Ok(text) => text.0,
            Err(_) => "a value without a text".to_owned(),
        },
    };
    if let Some((end, _)) = message.char_indices().nth(MESSAGE_CHARS_MAX) {
        message.truncate(end);
    }
    RunError::Threw { message }
}

fn text_at(object: &Object<'_>, name: &str) -> Option<String> {
    let value = object.get::<_, Value<'_>>(name).and_then(|value| value.get::<Option<String>>());
    value.unwrap_or_else(|_| {
        // A getter threw, or the value is no text: neither is left to be found later.
        object.ctx().catch();
        None
    })
}
