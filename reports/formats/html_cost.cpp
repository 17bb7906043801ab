/// \file html_cost.cpp
/// The HTML report's table of what the run cost, by cloud.
/// Why: whoever reads that a bad day was survived also wants to know at what price.
#include <fmt/format.h>

#include "leapday/cost.hpp"
#include "reports/formats/html_page.hpp"

namespace leapday {

void write_cost(HtmlWriter& page, const Rehearsal& rehearsal) {
  const Scenario& scenario = rehearsal.scenario();
  if (!has_prices(scenario.topology)) return;
  page.add(
      "<section id=\"cost\"><h2>Cost in {}</h2>\n<table><thead><tr><th>Cloud</th>"
      "<th class=\"number\">Total</th><th class=\"number\">Hosts</th>"
      "<th class=\"number\">Instances</th><th class=\"number\">Traffic</th>"
      "<th class=\"number\">Host hours</th><th class=\"number\">Instance hours</th>"
      "<th class=\"number\">Egress GB</th></tr></thead>\n<tbody>",
      {scenario.topology.currency});
  const auto money = [](double value) { return fmt::format("{:.2f}", value); };
  for (const CloudUsage& row : usage_by_cloud(scenario, rehearsal.record)) {
    const Usage& u = row.usage;
    page.add(
        "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td class=\"number\">{}</td>"
        "<td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>"
        "<td class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
        {row.cloud.empty() ? std::string("all hosts") : row.cloud, money(u.cost()),
         money(u.hosts_cost), money(u.instances_cost), money(u.traffic_cost), money(u.host_hours),
         money(u.instance_hours), fmt::format("{:.3f}", u.egress_gb)});
  }
  page.add("</tbody></table></section>\n");
}

}  // namespace leapday
