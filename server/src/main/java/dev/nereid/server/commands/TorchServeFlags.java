package dev.nereid.server.commands;

import static dev.nereid.server.cli.Flag.active;
import static dev.nereid.server.cli.Flag.inert;

import dev.nereid.server.cli.FlagGroup;
import dev.nereid.server.cli.FlagKind;
import dev.nereid.server.cli.ParsedFlags;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The flags of {@code torchserve}, as TorchServe has them. */
public final class TorchServeFlags {
    /** What the usage says how to call it. */
    public static final String SYNOPSIS = "torchserve [options]";

    private TorchServeFlags() {}

    /** All of them. */
    public static List<FlagGroup> all() {
        return List.of(FlagGroup.of(
                "TorchServe",
                active("help", FlagKind.NONE, "Print this text."),
                active("version", FlagKind.NONE, "Print the version."),
                active("start", FlagKind.NONE, "Start the server; also where neither --stop nor --version is given."),
                active("stop", FlagKind.NONE, "Stop the server that runs in the background."),
                active(
                        "foreground",
                        FlagKind.NONE,
                        "Run until the server is stopped. Default: return while it goes on in the background; the number of its "
                                + "process is in .model_server.pid in the folder for temporary files."),
                active("model-store", FlagKind.PATH, "Folder with model archives. Sets model_store."),
                active(
                        "models",
                        FlagKind.TEXT,
                        "Models to serve: all, none, or ARCHIVE and NAME=ARCHIVE with commas or blanks between them. Sets "
                                + "load_models."),
                active(
                        "ts-config",
                        FlagKind.PATH,
                        "File with properties. Default: TS_CONFIG_FILE, the newest snapshot in logs/config, or "
                                + "config.properties in the working folder."),
                active(
                        "ncs",
                        FlagKind.NONE,
                        "Neither write snapshots of the registered models to logs/config, nor begin with the newest one."),
                active("no-config-snapshots", FlagKind.NONE, "The same as --ncs."),
                active("disable-token-auth", FlagKind.NONE, "Let requests pass that show no key of key_file.json."),
                active(
                        "enable-model-api",
                        FlagKind.NONE,
                        "Let models be registered and unregistered while the server runs."),
                active(
                        "drain-delay-secs",
                        FlagKind.INTEGER,
                        "Seconds that the server serves on after SIGTERM while its ping is not healthy. Default: 0. Not one of "
                                + "TorchServe's flags."),
                inert("log-config", FlagKind.PATH, "Configuration of Log4j; the log goes to standard output here."),
                inert("cpp-log-config", FlagKind.PATH, "Configuration of the log of C++ workers."),
                inert("workflow-store", FlagKind.PATH, "Folder with workflows, which are not served here."),
                inert("plugins-path", FlagKind.PATH, "Folder with plug-ins, which are not loaded here.")));
    }

    /** What the flags set, by the keys of properties. */
    static Map<String, String> properties(ParsedFlags flags) {
        Map<String, String> properties = new HashMap<>();
        flags.text("model-store").ifPresent(store -> properties.put("model_store", store));
        flags.text("models").ifPresent(first -> {
            String more = String.join(",", flags.operands());
            properties.put("load_models", more.isEmpty() ? first : first + "," + more);
        });
        if (flags.has("disable-token-auth")) {
            properties.put("disable_token_authorization", "true");
        }
        if (flags.has("enable-model-api")) {
            properties.put("enable_model_api", "true");
        }
        return properties;
    }
}
