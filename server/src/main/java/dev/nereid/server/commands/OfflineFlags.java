package dev.nereid.server.commands;

import static dev.nereid.server.cli.Flag.active;

import dev.nereid.server.cli.FlagGroup;
import dev.nereid.server.cli.FlagKind;
import java.util.List;

/** The flags of the commands that start no server. */
public final class OfflineFlags {
    private OfflineFlags() {}

    /** Of {@code nereid inspect}. */
    public static List<FlagGroup> inspect() {
        return List.of(FlagGroup.of("Inspect", active("help", FlagKind.NONE, "Print this text.")));
    }

    /** Of {@code nereid traffic}. */
    public static List<FlagGroup> traffic() {
        return List.of(FlagGroup.of(
                "Traffic",
                active("address", FlagKind.TEXT, "Host and HTTP port of the server. Default: localhost:8000."),
                active("format", FlagKind.TEXT, "text or json. Default: text."),
                active(
                        "header",
                        FlagKind.TEXT,
                        "Header to send, <name>:<value>: the key where --http-restricted-api protects model-repository."),
                active("help", FlagKind.NONE, "Print this text.")));
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
