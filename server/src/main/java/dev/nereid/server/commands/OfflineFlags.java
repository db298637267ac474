package dev.nereid.server.commands;

import static dev.nereid.server.cli.Flag.active;

import dev.nereid.server.cli.Flag;
import dev.nereid.server.cli.FlagGroup;
import dev.nereid.server.cli.FlagKind;
import java.util.ArrayList;
import java.util.List;

/** The flags of the commands that start no server. */
public final class OfflineFlags {
    private OfflineFlags() {}

    /** Of {@code nereid inspect}. */
    public static List<FlagGroup> inspect() {
        return List.of(FlagGroup.of("Inspect", active("help", FlagKind.NONE, "Print this text.")));
    }

    /** Of {@code nereid check}, beside those of {@code nereid serve}. */
    public static List<FlagGroup> check() {
        return List.of(FlagGroup.of(
                "Check",
                active("fail-on-warnings", FlagKind.NONE, "End with 2 where there are warnings, too."),
                active("format", FlagKind.TEXT, "text or json. Default: text.")));
    }

    /** Of {@code nereid traffic}. */
    public static List<FlagGroup> traffic() {
        return List.of(FlagGroup.of("Traffic", RunningServer.flags().toArray(Flag[]::new)));
    }

    /** Of {@code nereid models}. */
    public static List<FlagGroup> models() {
        List<Flag> flags = new ArrayList<>(RunningServer.flags());
        flags.add(active("ready", FlagKind.NONE, "list: only what can be asked now."));
        flags.add(active("config", FlagKind.PATH, "load: file with a config as JSON, in place of config.pbtxt."));
        flags.add(active("unload-dependents", FlagKind.NONE, "unload: the models of an ensemble with it."));
        return List.of(FlagGroup.of("Models", flags.toArray(Flag[]::new)));
    }

    /** Of {@code nereid conformance}. */
    public static List<FlagGroup> conformance() {
        return List.of(FlagGroup.of(
                "Conformance",
                active("unoptimized", FlagKind.NONE, "Run every graph as its file has it."),
                active("kernels", FlagKind.TEXT, "Best kernels to use: scalar, vector or native."),
                active("help", FlagKind.NONE, "Print this text."),
                active("dump", FlagKind.PATH, "Folder for every computed output.")));
    }
}
