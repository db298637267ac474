/**
 * The gRPC front: one small service part a group of calls. Depends on protocol, repository, schedule, observe and the generated messages.
 */
@NullMarked
package dev.nereid.server.grpc;

import org.jspecify.annotations.NullMarked;
