package dev.nereid.server.http;

import dev.nereid.server.observe.LogConfig;
import dev.nereid.server.observe.LogSettings;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.json.JsonValue;
import dev.nereid.server.protocol.json.JsonWriter;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/** The logging extension. */
final class LogHandlers {
    private static final String PATH = "/v2/logging";

    private final LogSettings settings;
    private final Documents documents;

    LogHandlers(LogSettings settings, Documents documents) {
        this.settings = settings;
        this.documents = documents;
    }

    Routes.Builder addTo(Routes.Builder routes) {
        return routes.add("GET", PATH, ContentType.JSON, exchange -> answer(exchange, settings.current()))
                .add("POST", PATH, ContentType.JSON, this::change);
    }

    private void change(Exchange exchange) {
        JsonValue wanted = documents.read(exchange);
        answer(exchange, settings.change(current -> changed(current, wanted)));
    }

    private static LogConfig changed(LogConfig current, JsonValue wanted) {
        if (wanted.find("log_file").filter(file -> !file.isNull()).isPresent()) {
            throw InferException.unsupported("log file location can not be updated through network protocol");
        }
        LogConfig config = current;
        config = with(config, wanted, "log_info", JsonValue::asBool, LogConfig::withInfo);
        config = with(config, wanted, "log_warning", JsonValue::asBool, LogConfig::withWarning);
        config = with(config, wanted, "log_error", JsonValue::asBool, LogConfig::withError);
        config = with(
                config,
                wanted,
                "log_verbose_level",
                JsonValue::asUnsigned,
                (before, level) -> before.withVerbose(
                        (int) (Long.compareUnsigned(level, Integer.MAX_VALUE) < 0 ? level : Integer.MAX_VALUE)));
        return with(
                config,
                wanted,
                "log_format",
                JsonValue::asString,
                (before, name) -> before.withFormat(LogConfig.Format.find(name)
                        .orElseThrow(
                                () -> InferException.unavailable("invalid argument for --log_format, got: " + name))));
    }

    /** The configuration with one setting as the client wants it, if it says something about that one. */
    private static <T> LogConfig with(
            LogConfig config,
            JsonValue wanted,
            String name,
            Function<JsonValue, T> read,
            BiFunction<LogConfig, T, LogConfig> change) {
        Optional<JsonValue> value = wanted.find(name).filter(found -> !found.isNull());
        return value.isEmpty() ? config : change.apply(config, read.apply(value.get()));
    }

    private static void answer(Exchange exchange, LogConfig config) {
        JsonWriter json = new JsonWriter().beginObject();
        json.name("log_file").value(config.file());
        json.name("log_info").value(config.info());
        json.name("log_warning").value(config.warning());
        json.name("log_error").value(config.error());
        json.name("log_verbose_level").value((long) config.verbose());
        json.name("log_format").value(config.format().protocolName());
        exchange.respond(json.endObject());
    }
}
