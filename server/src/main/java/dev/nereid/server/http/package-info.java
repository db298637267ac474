/**
 * The HTTP front: routes, one small handler for each group of endpoints, and the routers of SageMaker and Vertex AI.
 * Depends on http.connection, access, extension, sharedmemory, trace, repository, protocol and observe.
 */
@NullMarked
package dev.nereid.server.http;

import org.jspecify.annotations.NullMarked;
