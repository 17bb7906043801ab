/// \file flags.cpp
/// The steps of flags, one after the other, and who has heard of them. Why: see flags.hpp.
#include "sim/model/flags.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leapday::model {

Flags::Flags(World& world, Traffic& traffic, Triggers& triggers)
    : world_(world),
      path_(traffic.flags()),
      triggers_(triggers),
      flip_(add_handler<&Flags::on_flip>(world.scheduler, this)),
      ask_(add_handler<&Flags::on_ask>(world.scheduler, this)),
      arrival_(add_handler<&Flags::on_arrival>(world.scheduler, this)) {
  instances_.resize(world.apps.size());
  for (const auto& flag : world.scenario.flags) {
    const auto index = static_cast<std::uint32_t>(sources_.size());
    sources_.push_back({.name = &flag.name,
                        .spec = &flag.value,
                        .app = path_.app_of(index),
                        .delay = engine::Sampler(flag.value.delay)});
    for (const auto& step : flag.value.steps) {
      steps_.push_back({.name = &step.name, .spec = &step.value, .flag = index});
    }
  }
  if (!sources_.empty()) path_.listen(*this);
}

void Flags::arm() {
  for (std::uint32_t s = 0; s < steps_.size(); ++s) {
    triggers_.add(steps_[s].spec->at, false, *steps_[s].name, *this, s);
  }
}

// ---- at the source ---------------------------------------------------------------------------

/// A ramp under way of the same flag ends where it is: the newer step has the last word.
void Flags::triggered(std::uint32_t index, EventId cause) {
  Step& step = steps_[index];
  for (Step& other : steps_) {
    if (other.flag == step.flag && other.phase == Step::Phase::flipping) {
      other.phase = Step::Phase::spreading;
      check(other);
    }
  }
  step.phase = Step::Phase::flipping;
  const FlagRules& before = path_.newest(step.flag);
  step.from = before.fractional;
  if (step.from.total == 0) step.from = {.weights = {{before.default_variant, 1}}, .total = 1};
  step.target = shares_of(step.spec->fractional, sources_[step.flag].spec->variants);
  step.span = world_.recorder.span_begin(*step.name, Span::Kind::flag, world_.now());
  flip(index, cause);
  triggers_.anchor(*step.name, "begin", step.event);
  tell_all(step);
}

void Flags::on_flip(std::uint32_t index, std::uint32_t) {
  Step& step = steps_[index];
  if (step.phase != Step::Phase::flipping) return;
  flip(index, step.event);
  tell_all(step);
}

/// One change of the rules.
void Flags::flip(std::uint32_t index, EventId cause) {
  Step& step = steps_[index];
  const FlagStep& spec = *step.spec;
  const Flag& flag = *sources_[step.flag].spec;
  FlagRules rules = path_.newest(step.flag);
  if (spec.state) rules.enabled = *spec.state == FlagSwitch::enabled;
  for (std::uint32_t v = 0; v < flag.variants.size(); ++v) {
    if (flag.variants.entries[v].name != spec.default_variant) continue;
    rules.default_variant = v;
    rules.fractional = {};
  }
  ++step.flips;
  if (step.target.total > 0) {
    rules.fractional = between(step.from, step.target, static_cast<std::uint64_t>(step.flips),
                               static_cast<std::uint64_t>(spec.flips));
  }
  path_.flip(step.flag, std::move(rules));
  step.version = path_.newest_version(step.flag);
  step.informed = 0;
  step.event =
      world_.recorder.event(world_.now(), cause, "flag.flipped", *step.name, describe(step));
  if (step.flips >= spec.flips) {
    step.phase = Step::Phase::spreading;
  } else {
    const Duration part = spec.over / (spec.flips - 1);
    world_.scheduler.schedule(world_.now() + part, engine::Priority::fault, flip_, index);
  }
}

std::string Flags::describe(const Step& step) const {
  const FlagRules& rules = path_.newest(step.flag);
  const auto& variants = sources_[step.flag].spec->variants.entries;
  std::string text = *sources_[step.flag].name + ":";
  if (!rules.enabled) return text + " disabled";
  if (rules.fractional.total == 0) return text + " " + variants[rules.default_variant].name;
  for (const auto& [variant, weight] : rules.fractional.weights) {
    const double percent =
        100 * static_cast<double>(weight) / static_cast<double>(rules.fractional.total);
    text += fmt::format(" {} {:.4g}%", variants[variant].name, percent);
  }
  return text;
}

// ---- on the way ------------------------------------------------------------------------------

void Flags::tell_all(Step& step) {
  for (const std::uint32_t instance : instances_[sources_[step.flag].app]) {
    tell(step.flag, instance);
  }
  check(step);
}

void Flags::tell(std::uint32_t flag, std::uint32_t instance) {
  if (sources_[flag].spec->poll_every) {
    ask_later(flag, instance);
  } else {
    send(flag, instance);
  }
}

/// The moments at which an instance polls: its own, the same for all flags with that period.
Grid Flags::polls_of(const Source& source, std::uint32_t instance) const {
  Random random = Random::keyed(
      hash_combine(world_.seed ^ hash_name("flags/polls"), world_.instances[instance].name_hash));
  return seeded_grid(*source.spec->poll_every, random);
}

/// At the next poll, or after a while where nobody polls. Once is enough: it gets the newest.
void Flags::ask_later(std::uint32_t flag, std::uint32_t instance) {
  Source& source = sources_[flag];
  if (instance >= source.asked.size()) source.asked.resize(world_.instances.size());
  if (source.asked[instance] != 0) return;
  source.asked[instance] = 1;
  const SimTime now = world_.now();
  const SimTime at = source.spec->poll_every ? polls_of(source, instance).next(now)
                                             : now + source.spec->retry_every;
  world_.scheduler.schedule(at, engine::Priority::control, ask_,
                            make_news({.flag = flag, .instance = instance}));
}

void Flags::on_ask(std::uint32_t index, std::uint32_t) {
  const News news = take_news(index);
  sources_[news.flag].asked[news.instance] = 0;
  if (alive(news.instance)) send(news.flag, news.instance);
}

/// The newest rules leave the source for an instance, which has none of it while out of reach.
void Flags::send(std::uint32_t flag, std::uint32_t instance) {
  const std::int32_t version = path_.newest_version(flag);
  const std::uint64_t key = hash_combine(
      hash_combine(world_.instances[instance].name_hash, hash_name(*sources_[flag].name)),
      static_cast<std::uint64_t>(version));
  Random random = Random::keyed(hash_combine(key, world_.seed));
  const Duration delay = sources_[flag].delay.sample(random);
  const std::optional<Duration> takes = path_.reach(flag, instance, delay);
  if (!takes) {
    ask_later(flag, instance);
  } else if (*takes == Duration{0}) {
    learn(flag, instance, version);
  } else {
    world_.scheduler.schedule(world_.now() + *takes, engine::Priority::delivery, arrival_,
                              make_news({flag, instance, version}));
  }
}

void Flags::on_arrival(std::uint32_t index, std::uint32_t) {
  const News news = take_news(index);
  if (alive(news.instance)) learn(news.flag, news.instance, news.version);
}

std::uint32_t Flags::make_news(News news) {
  if (free_news_ == kNone) {
    news_.push_back(news);
    return static_cast<std::uint32_t>(news_.size() - 1);
  }
  const std::uint32_t index = free_news_;
  free_news_ = news_[index].next;
  news_[index] = news;
  return index;
}

Flags::News Flags::take_news(std::uint32_t index) {
  const News news = news_[index];
  news_[index].next = free_news_;
  free_news_ = index;
  return news;
}

// ---- at the instances ------------------------------------------------------------------------

/// A process fetches its flags before it is ready. Without a source it goes on with what its code
/// says, and tries again.
void Flags::listening(std::uint32_t instance, std::uint32_t app) {
  if (instance >= alive_.size()) alive_.resize(world_.instances.size());
  alive_[instance] = 1;
  instances_[app].push_back(instance);
  for (const std::uint32_t flag : path_.flags_of(app)) {
    path_.learn(flag, instance, FlagPath::kNothing);
    if (path_.reach(flag, instance, Duration{0})) {
      learn(flag, instance, path_.newest_version(flag));
    } else {
      ask_later(flag, instance);
    }
  }
}

void Flags::gone(std::uint32_t instance, std::uint32_t app) {
  if (!alive(instance)) return;
  alive_[instance] = 0;
  std::erase(instances_[app], instance);
  for (const std::uint32_t flag : path_.flags_of(app)) {
    count(flag, FlagPath::kNothing, path_.known(flag, instance), -1);
  }
}

void Flags::learn(std::uint32_t flag, std::uint32_t instance, std::int32_t version) {
  const std::int32_t before = path_.known(flag, instance);
  if (version <= before) return;  // it was overtaken
  path_.learn(flag, instance, version);
  count(flag, before, version, 1);
}

/// One instance more, or less, knows the versions after `above` up to `upto`.
void Flags::count(std::uint32_t flag, std::int32_t above, std::int32_t upto, int change) {
  for (Step& step : steps_) {
    const bool open = step.phase == Step::Phase::flipping || step.phase == Step::Phase::spreading;
    if (step.flag != flag || !open) continue;
    if (step.version > above && step.version <= upto) {
      step.informed += static_cast<std::size_t>(change);
      if (change > 0 && step.phase == Step::Phase::spreading) {
        const std::size_t all = instances_[sources_[flag].app].size();
        triggers_.anchor(*step.name, "done", step.event,
                         static_cast<double>(step.informed) / static_cast<double>(all),
                         static_cast<std::int64_t>(step.informed));
      }
    }
    check(step);
  }
}

/// It is over when it flips no more and everybody knows.
void Flags::check(Step& step) {
  if (step.phase != Step::Phase::spreading) return;
  const std::size_t all = instances_[sources_[step.flag].app].size();
  if (step.informed < all) return;
  step.phase = Step::Phase::done;
  const EventId known = world_.recorder.event(world_.now(), step.event, "flag.propagated",
                                              *step.name, fmt::format("{} instances know", all));
  world_.recorder.span_end(step.span, world_.now());
  triggers_.anchor(*step.name, "end", known);
}

}  // namespace leapday::model
