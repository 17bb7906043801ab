/// \file flags.hpp
/// Changes of flags at their sources, and the news of them on its way to each instance.
/// Why: a kill switch works when the last instance has heard of it; until then users get mixed
/// answers, and an instance that cannot reach the source keeps what it knew.
#pragma once

#include <string>
#include <vector>

#include "sim/engine/sampler.hpp"
#include "sim/model/flag_path.hpp"
#include "sim/model/handler.hpp"
#include "sim/model/traffic.hpp"
#include "sim/model/trigger.hpp"

namespace leapday::model {

class Flags final : public TriggerTarget, FlagListener {
 public:
  Flags(World& world, Traffic& traffic, Triggers& triggers);
  void arm();
  void triggered(std::uint32_t step, EventId cause) override;

 private:
  struct Step {
    const std::string* name = nullptr;
    const FlagStep* spec = nullptr;
    std::uint32_t flag = 0;
    enum class Phase { waiting, flipping, spreading, done } phase = Phase::waiting;
    std::int64_t flips = 0;
    std::int32_t version = 0;  ///< That its last flip made.
    FlagShares from;           ///< Shares before it.
    FlagShares target;
    std::size_t informed = 0;  ///< Instances that know that version or a later one.
    EventId event;
    std::uint32_t span = 0;
  };
  /// One flag, as far as telling of it goes.
  struct Source {
    const std::string* name = nullptr;
    const Flag* spec = nullptr;
    std::uint32_t app = kNone;
    engine::Sampler delay;
    std::vector<char> asked;  ///< By instance: a poll or another try is scheduled.
  };
  /// On its way to an instance.
  struct News {
    std::uint32_t flag = 0;
    std::uint32_t instance = 0;
    std::int32_t version = 0;  ///< Of a poll: none yet.
    std::uint32_t next = kNone;
  };

  void listening(std::uint32_t instance, std::uint32_t app) override;
  void gone(std::uint32_t instance, std::uint32_t app) override;
  void flip(std::uint32_t step, EventId cause);
  void on_flip(std::uint32_t step, std::uint32_t);
  void tell_all(Step& step);
  void tell(std::uint32_t flag, std::uint32_t instance);
  void ask_later(std::uint32_t flag, std::uint32_t instance);
  void on_ask(std::uint32_t news, std::uint32_t);
  void send(std::uint32_t flag, std::uint32_t instance);
  void on_arrival(std::uint32_t news, std::uint32_t);
  void learn(std::uint32_t flag, std::uint32_t instance, std::int32_t version);
  void count(std::uint32_t flag, std::int32_t above, std::int32_t upto, int change);
  void check(Step& step);
  Grid polls_of(const Source& source, std::uint32_t instance) const;
  std::uint32_t make_news(News news);
  News take_news(std::uint32_t index);
  std::string describe(const Step& step) const;
  bool alive(std::uint32_t instance) const {
    return instance < alive_.size() && alive_[instance] != 0;
  }

  World& world_;
  FlagPath& path_;
  Triggers& triggers_;
  std::vector<Source> sources_;
  std::vector<Step> steps_;
  std::vector<char> alive_;                            ///< By instance, of apps with flags.
  std::vector<std::vector<std::uint32_t>> instances_;  ///< By app: those alive.
  std::vector<News> news_;
  std::uint32_t free_news_ = kNone;
  engine::HandlerId flip_, ask_, arrival_;
};

}  // namespace leapday::model
