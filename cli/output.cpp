/// \file output.cpp
/// Writing to terminals, files and pipes that may close.
#include "output.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include "leapday/words.hpp"

namespace leapday::cli {
namespace {

bool reader_gone = false;  // of stdout; the process has only one

/// Writes all of it; false on an error, with errno set.
bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

int terminal_width(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) return size.ws_col;
  return 100;
}

bool no_colour_wanted() {
  const char* value = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return (value != nullptr && *value != '\0') ||
         (term != nullptr && std::string_view(term) == "dumb");
}

/// Columns a text takes: UTF-8 continuation bytes and colour codes take none.
std::size_t columns(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\033') {
      while (i < text.size() && text[i] != 'm') ++i;
    } else if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) {
      ++count;
    }
  }
  return count;
}

}  // namespace

void print(std::string_view text) {
  if (reader_gone || write_all(STDOUT_FILENO, text)) return;
  if (errno != EPIPE) throw std::system_error(errno, std::generic_category(), "standard output");
  reader_gone = true;
}

void print_error(std::string_view text) { (void)write_all(STDERR_FILENO, text); }

void complain(std::string_view what, std::string_view fix) {
  print_error(fmt::format("leapday: {}\n  fix: {}\n", printable(what), printable(fix)));
}

void print_problems(std::span<const Problem> problems) {
  std::string text;
  for (const Problem& problem : problems) text += to_string(problem) + "\n";
  print_error(text);
}

bool use_colour(When when) {
  if (when != When::automatic) return when == When::always;
  return isatty(STDOUT_FILENO) != 0 && !no_colour_wanted();
}

FormatOptions format_options(When colour) {
  return {.colour = use_colour(colour), .width = terminal_width(STDOUT_FILENO)};
}

std::string coloured(Outcome outcome, bool colour) {
  const std::string name(to_string(outcome));
  if (!colour) return name;
  const int code = outcome == Outcome::pass ? 32 : outcome == Outcome::fail ? 31 : 33;
  return fmt::format("\033[1;{}m{}\033[0m", code, name);
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - columns(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string duration_text(std::chrono::nanoseconds value) {
  if (value.count() < 0) return "-" + duration_text(-value);
  const std::int64_t whole = value.count() / 1'000'000'000;
  const double seconds = static_cast<double>(value.count() % 60'000'000'000) * 1e-9;
  std::string text;
  if (whole >= 3600) text += fmt::format("{}h", whole / 3600);
  if (whole % 3600 >= 60) text += fmt::format("{}min", whole % 3600 / 60);
  if (seconds > 0 || text.empty()) text += fmt::format("{:g}s", seconds);
  return text;
}

ProgressBar::ProgressBar(std::string label, When when)
    : label_(std::move(label)),
      shown_(when == When::always || (when == When::automatic && isatty(STDERR_FILENO) != 0)),
      terminal_(isatty(STDERR_FILENO) != 0) {
  update(0);
}

ProgressBar::~ProgressBar() {
  if (shown_ && terminal_) print_error("\r\033[K");  // the result takes the bar's place
}

void ProgressBar::update(double share) {
  if (!shown_) return;
  const int percent = static_cast<int>(std::clamp(share, 0.0, 1.0) * 100);
  const int step = terminal_ ? 1 : 10;
  if (drawn_ >= 0 && percent / step == drawn_ / step) return;
  drawn_ = percent;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started_;
  if (!terminal_) {
    print_error(fmt::format("{}: {} % ({:.1f} s)\n", label_, percent, elapsed.count()));
    return;
  }
  const int width =
      std::clamp(terminal_width(STDERR_FILENO) - static_cast<int>(label_.size()) - 22, 10, 50);
  const int filled = width * percent / 100;
  print_error(fmt::format("\r\033[K{} [{:=<{}}{:<{}}] {:3d} % {:6.1f} s", label_, "", filled, "",
                          width - filled, percent, elapsed.count()));
}

}  // namespace leapday::cli
