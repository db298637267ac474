package dev.nereid.server.config;

import static dev.nereid.server.cli.Flag.active;
import static dev.nereid.server.cli.Flag.inert;
import static dev.nereid.server.cli.FlagKind.BOOLEAN;
import static dev.nereid.server.cli.FlagKind.INTEGER;
import static dev.nereid.server.cli.FlagKind.LONG;
import static dev.nereid.server.cli.FlagKind.PAIR;
import static dev.nereid.server.cli.FlagKind.PATH;
import static dev.nereid.server.cli.FlagKind.REAL;
import static dev.nereid.server.cli.FlagKind.TEXT;

import dev.nereid.server.cli.FlagGroup;
import java.util.List;

/** Triton's flags that have no effect here: they are checked, and a warning says that they are ignored. */
final class IgnoredFlags {
    private static final FlagGroup EXTENSIONS = FlagGroup.of(
            "Backends, agents and cache",
            inert("backend-directory", PATH, "Folder of backends; ours are built in."),
            inert("repoagent-directory", PATH, "Folder of repository agents."),
            inert("cache-directory", PATH, "Folder of caches; ours is built in."),
            inert("enable-peer-access", BOOLEAN, "Let GPUs access each other.", "false"));

    private static final FlagGroup RESOURCES = FlagGroup.of(
            "Memory and devices",
            active(
                    "pinned-memory-pool-byte-size",
                    LONG,
                    "Memory of the machine that may be pinned for copies to and from GPUs; beyond it copies pass through "
                            + "other memory and are slower. Default: 268435456."),
            inert("cuda-memory-pool-byte-size", PAIR, "<gpu>:<bytes>: memory of a GPU."),
            inert("cuda-virtual-address-size", PAIR, "<gpu>:<bytes>: address space of a GPU."),
            inert("min-supported-compute-capability", REAL, "Oldest GPU to use."),
            inert("buffer-manager-thread-count", INTEGER, "Threads that copy inputs and outputs.", "0"),
            inert("model-load-gpu-limit", PAIR, "<device>:<fraction>: GPU memory beyond which loads are refused."));

    /** Gone from Triton itself, but still found in manifests. */
    private static final FlagGroup FORMER = FlagGroup.of(
            "Of older Triton releases",
            inert("allow-poll-model-repository", BOOLEAN, "Use --model-control-mode=poll.", "false"),
            inert("allow-model-control", BOOLEAN, "Use --model-control-mode=explicit.", "false"),
            inert("http-health-port", INTEGER, "Health is at --http-port."),
            inert("tf-add-vgpu", TEXT, "Devices of a backend that is gone."),
            inert("tf-gpu-memory-fraction", REAL, "Memory of a backend that is gone."),
            inert("tf-allow-soft-placement", BOOLEAN, "Placement of a backend that is gone."));

    private IgnoredFlags() {}

    static List<FlagGroup> all() {
        return List.of(EXTENSIONS, RESOURCES, FORMER);
    }
}
