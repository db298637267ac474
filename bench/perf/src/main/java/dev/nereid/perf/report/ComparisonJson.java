package dev.nereid.perf.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.nereid.perf.compare.ComparedLevel;
import dev.nereid.perf.compare.Quantity;
import dev.nereid.perf.compare.Ratio;
import dev.nereid.perf.compare.ServerComparison;
import dev.nereid.perf.measure.Summary;
import java.io.IOException;
import java.io.Writer;

/** Two servers beside each other, with the figures of every round. */
public final class ComparisonJson {
    private static final JsonFactory JSON = new JsonFactory();

    private ComparisonJson() {}

    /** Writes all levels. Ratios are first over second. */
    public static void write(ServerComparison comparison, Writer out) throws IOException {
        try (JsonGenerator to = JSON.createGenerator(out)) {
            to.writeStartObject();
            to.writeStringField("a", comparison.first().description());
            to.writeStringField("b", comparison.second().description());
            to.writeStringField("level_name", comparison.levelName());
            to.writeArrayFieldStart("levels");
            for (ComparedLevel level : comparison.levels()) {
                level(to, level);
            }
            to.writeEndArray();
            to.writeEndObject();
        }
    }

    private static void level(JsonGenerator to, ComparedLevel level) throws IOException {
        to.writeStartObject();
        to.writeNumberField("level", level.level());
        to.writeNumberField("a_failed", level.firstFailed());
        to.writeNumberField("b_failed", level.secondFailed());
        to.writeArrayFieldStart("ratios");
        for (Ratio ratio : level.ratios()) {
            to.writeStartObject();
            to.writeStringField("quantity", ratio.quantity().title());
            to.writeStringField("unit", ratio.quantity().unit());
            to.writeNumberField("a", ratio.first());
            to.writeNumberField("b", ratio.second());
            to.writeNumberField("ratio", ratio.mean());
            to.writeNumberField("low", ratio.low());
            to.writeNumberField("high", ratio.high());
            to.writeNumberField("min", ratio.least());
            to.writeNumberField("max", ratio.most());
            to.writeNumberField("rounds", ratio.rounds());
            to.writeEndObject();
        }
        to.writeEndArray();
        to.writeArrayFieldStart("rounds");
        for (var round : level.rounds()) {
            to.writeStartObject();
            side(to, "a", round.first());
            side(to, "b", round.second());
            to.writeEndObject();
        }
        to.writeEndArray();
        to.writeEndObject();
    }

    private static void side(JsonGenerator to, String name, Summary summary) throws IOException {
        to.writeObjectFieldStart(name);
        to.writeNumberField("requests", summary.requests());
        for (Quantity quantity : Quantity.values()) {
            to.writeNumberField(quantity.title() + ", " + quantity.unit(), quantity.of(summary));
        }
        to.writeEndObject();
    }
}
