package org.keepwell

import kotlin.time.Duration
import kotlin.time.toJavaDuration

/** What a patient wants to grant, for [duration] from now. */
fun GrantRequest(
    provider: ProviderSelection,
    scope: Scope,
    duration: Duration,
    purpose: Purpose? = null,
    anonymous: Boolean = false,
): GrantRequest = GrantRequest(provider, scope, duration.toJavaDuration(), purpose, anonymous)

/** What to share for [life], at most 24 hours; without scopes, what a clinic asks for at check-in. */
fun ShareRequest(
    scopes: List<Scope> = emptyList(),
    life: Duration,
    label: String? = null,
    opens: UInt? = null,
    format: ShareFormat? = null,
    leaveOut: List<Sensitivity> = emptyList(),
    withNumbers: Boolean = false,
    manifest: ManifestRequest? = null,
    story: String? = null,
): ShareRequest = ShareRequest(scopes, label, life.toJavaDuration(), opens, format, leaveOut, withNumbers, manifest, story)

/** Grants anew what a grant covers, for [duration] from now, and ends the former once the new one stands. */
suspend fun Wallet.extendGrant(
    authentication: Authentication,
    id: GrantId,
    duration: Duration,
    cancellation: Cancellation? = null,
): GrantExtension = extendGrant(authentication, id, duration.toJavaDuration(), cancellation)

/** Syncs, waiting at most [wait] for the ledger to show what was sent; see [Wallet.sync]. */
suspend fun Wallet.sync(
    wait: Duration = Duration.ZERO,
    anchor: Boolean = false,
    cancellation: Cancellation? = null,
): SyncReport = sync(SyncOptions(anchor, wait.toJavaDuration()), cancellation)

/** After how long without a call the wallet locks itself: in front, and in the background; `null` for never. */
suspend fun Wallet.setAutoLock(inFront: Duration?, inBackground: Duration?) =
    setAutoLock(inFront?.toJavaDuration(), inBackground?.toJavaDuration())
