/// \file html.cpp
/// One self-contained HTML file: verdict, reasons, charts and assumptions, with no network use.
/// Why: it can be mailed, archived beside the release and opened years later.
#include <memory>

#include "leapday/format.hpp"
#include "reports/formats/html_assets.hpp"
#include "reports/formats/html_page.hpp"

namespace leapday {
namespace {

using Raw = HtmlWriter::Raw;

/// The policy makes the browser itself refuse every request, whatever the page holds.
constexpr std::string_view kHead =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta name=\"generator\" content=\"Leapday\">\n"
    "<link rel=\"icon\" href=\"data:,\">\n";

/// Charts are drawn by web/report.js into these places.
constexpr std::string_view kCharts = R"(<section id="charts"><div class="bar">
<h2>Over time</h2>
<label>Subject <select id="subject"></select></label>
<button type="button" id="unzoom" hidden>Whole run</button>
<p class="hint">Drag across a chart to look closer, double-click to return. With the keyboard:
Tab to a chart, arrow keys to move, + and - to zoom, Escape to return.</p></div>
<noscript><p class="empty">The charts need JavaScript; the tables do not.</p></noscript>
<figure id="f-spans"><figcaption>Phases, deployments and faults</figcaption><div class="plot" id="spans"></div></figure>
<figure id="f-latency"><figcaption>Latency percentiles <small>by time of sending, log scale</small></figcaption><div class="plot" id="latency"></div></figure>
<figure id="f-traffic"><figcaption>Requests per second <small>sent, and of those answered well</small></figcaption><div class="plot" id="traffic"></div></figure>
<figure id="f-failures"><figcaption>Failures by reason <small>per second</small></figcaption><div class="plot" id="failures"></div></figure>
<figure id="f-heat"><figcaption>Latency heat map <small>stronger colour is more requests, log scale</small></figcaption><div class="plot" id="heat"></div></figure>
<div id="rates"></div>
<figure id="f-steps"><figcaption>How many <small>ready, up, waiting</small></figcaption><div class="plot" id="steps"></div></figure>
<figure id="f-lanes"><figcaption>States of instances and hosts</figcaption><div class="plot" id="lanes"></div></figure>
</section>
<div id="tip" role="status" aria-live="polite" hidden></div>
)";

class HtmlFormat final : public Format {
 public:
  std::string_view file_name() const override { return "report.html"; }

  std::string write(const Rehearsal& rehearsal, const FormatOptions& options) const override {
    HtmlWriter page;
    page.add(kHead);
    page.add("<title>{}: {}</title>\n", {to_string(rehearsal.outcome), rehearsal.scenario().name});
    page.add("<style>\n{}\n{}\n</style>\n</head>\n<body>\n", {Raw{kPlotStyle}, Raw{kReportStyle}});
    write_banner(page, rehearsal);
    page.add("<main>\n");
    write_tiles(page, rehearsal);
    write_warnings(page, rehearsal);
    write_expectations(page, rehearsal);
    write_chains(page, rehearsal);
    page.add(kCharts);
    write_outcomes(page, rehearsal);
    write_cost(page, rehearsal);
    write_twin(page, rehearsal);
    write_seeds(page, rehearsal);
    write_assumptions(page, rehearsal);
    write_events(page, rehearsal);
    write_replay(page, rehearsal, options);
    page.add("</main>\n<script type=\"application/json\" id=\"data\">{}</script>\n",
             {Raw{chart_data(rehearsal)}});
    page.add("<script>\n{}\n</script>\n<script>\n{}\n</script>\n</body>\n</html>\n",
             {Raw{kPlotScript}, Raw{kReportScript}});
    return page.take();
  }
};

}  // namespace

std::unique_ptr<Format> make_html_format() { return std::make_unique<HtmlFormat>(); }

}  // namespace leapday
