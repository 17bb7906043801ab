/// \file fields.cpp
/// The words of every choice, and the field lists that need more than a header may include.
/// Why: see include/leapday/scenario.hpp.
#include <array>

#include "leapday/registry.hpp"
#include "leapday/scenario.hpp"
#include "scenarios/expressions/parse.hpp"

namespace leapday {

std::span<const Choice> choices_of(TieOrder) {
  static constexpr std::array<Choice, 2> kChoices{
      {{"fixed", "always the same order"}, {"shuffled", "drawn from the seed, to find bugs"}}};
  return kChoices;
}

std::span<const Choice> choices_of(Boot) {
  static constexpr std::array<Choice, 2> kChoices{
      {{"warm", "apps are placed and ready, views fresh"}, {"cold", "everything starts at t=0"}}};
  return kChoices;
}

std::span<const Choice> choices_of(LeapMode) {
  static constexpr std::array<Choice, 6> kChoices{
      {{"step", "the kernel repeats a second at midnight, or leaves one out"},
       {"freeze", "it stands still for the second that is inserted"},
       {"ignore", "nothing: it is a second off from then on"},
       {"smear", "evenly from noon to noon, as Google's and Amazon's time servers do"},
       {"slew", "chronyd's leapsecmode slew: 1/12 s per second from midnight on"},
       {"quadratic", "chronyd's smoothtime 400 0.001024: up to 32 ppm and back, in 62,500 s"}}};
  return kChoices;
}

std::span<const Choice> choices_of(LeapKind) {
  static constexpr std::array<Choice, 2> kChoices{
      {{"insert", "one second more: 23:59:60"}, {"omit", "one second less: no 23:59:59"}}};
  return kChoices;
}

std::span<const Choice> choices_of(Jitter) {
  static constexpr std::array<Choice, 3> kChoices{{{"none", "the wait itself"},
                                                   {"full", "uniform between 0 and the wait"},
                                                   {"equal", "half the wait and a uniform half"}}};
  return kChoices;
}

std::span<const Choice> choices_of(EjectionKind) {
  static constexpr std::array<Choice, 3> kChoices{
      {{"none", "never"},
       {"nginx", "max_fails within fail_timeout, then out for fail_timeout"},
       {"consecutive", "max_fails in a row, then out for longer each time"}}};
  return kChoices;
}

std::span<const Choice> choices_of(AppKind) {
  static constexpr std::array<Choice, 4> kChoices{
      {{"http", "answers requests that routers send"},
       {"tcp", "holds connections that routers pass on"},
       {"worker", "takes messages from a queue"},
       {"job", "runs at times and ends"}}};
  return kChoices;
}

std::span<const Choice> choices_of(Discipline) {
  static constexpr std::array<Choice, 2> kChoices{
      {{"fifo", "each request has a core to itself, the rest wait in order"},
       {"processor_sharing", "requests share the instance and the host's cores"}}};
  return kChoices;
}

std::span<const Choice> choices_of(ProbeType) {
  static constexpr std::array<Choice, 3> kChoices{
      {{"process",
        "that the process runs: also before it listens, while it hangs and under overload"},
       {"port", "that it takes connections, as it does while it hangs and under overload"},
       {"http", "that it answers in time: a probe waits its turn as any request does"}}};
  return kChoices;
}

std::span<const Choice> choices_of(CpuShares) {
  static constexpr std::array<Choice, 4> kChoices{
      {{"equal", "the same for all"},
       {"diego", "1024 * floor(100 * memory / 8GiB) / 100, of memory between 128MiB and 8GiB"},
       {"dea_ng", "MiB of memory / 8, from 1 to 256"},
       {"request", "1024 for each core that is asked for, at least 2"}}};
  return kChoices;
}

std::span<const Choice> choices_of(TaintEffect) {
  static constexpr std::array<Choice, 3> kChoices{
      {{"no_schedule", "they are not placed there"},
       {"prefer_no_schedule", "they are placed there when other hosts are not better"},
       {"no_execute", "as no_schedule: taints do not come or go during a run"}}};
  return kChoices;
}

std::span<const Choice> choices_of(TolerationOperator) {
  static constexpr std::array<Choice, 2> kChoices{
      {{"equal", "key and value are the taint's"}, {"exists", "the key is the taint's"}}};
  return kChoices;
}

std::span<const Choice> choices_of(LabelOperator) {
  static constexpr std::array<Choice, 4> kChoices{
      {{"in", "the value is one of those listed"},
       {"not_in", "the value is none of those listed, or there is no such label"},
       {"exists", "there is such a label"},
       {"does_not_exist", "there is no such label"}}};
  return kChoices;
}

std::span<const Choice> choices_of(Across) {
  static constexpr std::array<Choice, 3> kChoices{
      {{"host", "hosts"}, {"zone", "zones"}, {"region", "regions"}}};
  return kChoices;
}

std::span<const Choice> choices_of(Unsatisfiable) {
  static constexpr std::array<Choice, 2> kChoices{
      {{"do_not_schedule", "an instance waits until the rule allows it"},
       {"schedule_anyway", "places with fewer are liked better"}}};
  return kChoices;
}

std::span<const Choice> choices_of(TaintsPolicy) {
  static constexpr std::array<Choice, 2> kChoices{
      {{"ignore", "places whose hosts it does not tolerate count, and so do lost ones"},
       {"honor", "only places with a host that would take it count"}}};
  return kChoices;
}

std::span<const Choice> choices_of(DependencyKind) {
  static constexpr std::array<Choice, 4> kChoices{
      {{"database", "serves calls over a limited number of connections"},
       {"cache", "answers hits itself and asks what backs it on a miss"},
       {"queue", "keeps messages until a worker took them"},
       {"external", "a service that somebody else runs"}}};
  return kChoices;
}

std::span<const Choice> choices_of(Access) {
  static constexpr std::array<Choice, 2> kChoices{
      {{"write", "changes something: the primary's work"},
       {"read", "changes nothing: a replica may answer it"}}};
  return kChoices;
}

std::span<const Choice> choices_of(Consistency) {
  static constexpr std::array<Choice, 2> kChoices{
      {{"any", "a replica, which may be behind; the primary when there is none"},
       {"primary", "the primary, which is never behind"}}};
  return kChoices;
}

std::span<const Choice> choices_of(ReplicationMode) {
  static constexpr std::array<Choice, 2> kChoices{
      {{"async", "at once: a failover loses what no replica has received"},
       {"sync", "once a replica has received it; at once when there is none"}}};
  return kChoices;
}

std::span<const Choice> choices_of(Unavailable) {
  static constexpr std::array<Choice, 2> kChoices{
      {{"refuse", "they are refused at once"},
       {"wait", "they are held, as a proxy does, and all go on when there is a primary"}}};
  return kChoices;
}

std::span<const Choice> choices_of(Overflow) {
  static constexpr std::array<Choice, 3> kChoices{
      {{"refuse", "it is rejected, which its publisher learns"},
       {"block", "its publisher waits until there is room"},
       {"drop_oldest", "the oldest one is dropped in its favour"}}};
  return kChoices;
}

std::span<const Choice> choices_of(PoisonEffect) {
  static constexpr std::array<Choice, 2> kChoices{
      {{"error", "the consumer fails and hands it back"},
       {"crash", "the consumer crashes, with all else it holds"}}};
  return kChoices;
}

std::span<const Choice> choices_of(Arrivals) {
  static constexpr std::array<Choice, 2> kChoices{
      {{"poisson", "independent users: exponential gaps"}, {"deterministic", "equal gaps"}}};
  return kChoices;
}

std::span<const Choice> choices_of(Strategy) {
  static constexpr Choice kChoices[] = {
#define STRATEGY(name, help) {#name, help},
#include "leapday/scenario/strategies.inc"
#undef STRATEGY
  };
  return kChoices;
}

std::span<const Choice> choices_of(FlagSwitch) {
  static constexpr std::array<Choice, 2> kChoices{
      {{"enabled", "its rules decide"}, {"disabled", "every instance takes the fallback"}}};
  return kChoices;
}

std::span<const Choice> choices_of(ProcessRestart) {
  static constexpr std::array<Choice, 3> kChoices{
      {{"none", "none: the old code runs until a process ends for another reason"},
       {"all", "all hosts at once"},
       {"rolling", "one host after the other, whether or not the one before is ready again"}}};
  return kChoices;
}

std::span<const Choice> choices_of(BringUp) {
  static constexpr std::array<Choice, 2> kChoices{
      {{"parallel", "all at once"},
       {"serial", "one after the other in the order of their numbers, as Vagrant does"}}};
  return kChoices;
}

std::span<const Choice> choices_of(Expander) {
  static constexpr std::array<Choice, 3> kChoices{
      {{"least_waste", "the one of which the least memory would be left over"},
       {"most_instances", "the one whose new hosts would take the most instances"},
       {"random", "any of them"}}};
  return kChoices;
}

void CallSpec::fields(FieldVisitor& v) {
  v.optional("to", to, "the app or dependency that is called");
  v.optional("endpoint", endpoint, "the endpoint that is called");
  v.optional("publish", publish, "the queue that a message is put on");
  v.optional("parallel", parallel, "calls that are made at once");
  v.optional("probability", probability, "share of the requests that make the call");
  v.optional("fan_out", fan_out, "copies of the call made at once", {1, 10000});
  v.optional("optional", optional, "its failure does not fail the request");
  policy.fields(v);
  v.optional("access", access, "of a database: what the call does; write when absent");
  v.optional("consistency", consistency, "of a read: which nodes may answer; any when absent");
}

void FaultSpec::fields(FieldVisitor& v) {
  v.required("at", at, "when it begins: a time, an anchor or a condition");
  v.optional("target", target, "what it hits");
  v.optional("for", length, "how long; to the end of the run when absent");
  v.optional("repeat", repeat, "a condition may fire again");
  Alternatives kinds;
  for (const auto& item : v.registry().faults.items())
    kinds.names.emplace_back(item.name, item.help);
  kinds.fields = [this, &v](std::string_view name, FieldVisitor& visitor) {
    const auto* item = v.registry().faults.find(name);
    if (item == nullptr) return;
    std::unique_ptr<Fault> fault =
        prototype != nullptr && kind == name ? prototype->clone() : item->make();
    fault->fields(visitor);
    kind = std::string(name);
    prototype = std::move(fault);
  };
  kinds.chosen = [this] { return kind; };
  v.alternatives(
      Field{.name = "kind", .help = "what happens (leapday list faults)", .required = true}, kinds);
}

void Scaler::fields(FieldVisitor& v) {
  v.required("app", app, "the app it scales");
  v.optional("min", min, "fewest instances", {0, 2e6});
  v.required("max", max, "most instances", {1, 2e6});
  v.check(min <= max, "min", "is more than max", "state bounds such as min: 2, max: 20");
  Alternatives policies;
  for (const auto& item : v.registry().scaling.items()) {
    policies.names.emplace_back(item.name, item.help);
  }
  policies.fields = [this, &v](std::string_view name, FieldVisitor& visitor) {
    const auto* item = v.registry().scaling.find(name);
    if (item == nullptr) return;
    std::unique_ptr<ScalingPolicy> made =
        prototype != nullptr && policy == name ? prototype->clone() : item->make();
    made->fields(visitor);
    policy = std::string(name);
    prototype = std::move(made);
  };
  policies.chosen = [this] { return policy; };
  v.alternatives(
      Field{.name = "policy", .help = "what decides (leapday list policies)", .required = true},
      policies);
}

void Objective::fields(FieldVisitor& v) {
  std::string subject = of.text();
  v.required("of", subject, "a load, or one of its endpoints: shoppers.browse");
  const Result<Entity> entity = loading::parse_entity(subject, {});
  v.check(static_cast<bool>(entity), "of", "is not the name of a load or of one of its endpoints",
          "write shoppers or shoppers.browse");
  if (entity) of = *entity;
  v.required("good", good, "what a good request is: ok and latency < 300ms");
  v.required("target", target, "share of requests that must be good");
  v.optional("period", period, "the budget's period");
  v.check(target.num < target.den, "target", "leaves no error budget", "use less than 100%");
}

}  // namespace leapday
