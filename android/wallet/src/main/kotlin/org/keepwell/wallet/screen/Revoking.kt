package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import org.keepwell.wallet.model.GrantId
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Share
import org.keepwell.wallet.model.ShareAction
import org.keepwell.wallet.model.ShareId
import org.keepwell.wallet.model.problemOrNull
import org.keepwell.wallet.service.ConsentService
import org.keepwell.wallet.service.ShareService

/**
 * Ends accesses, several as one, and pauses and ends shares, in the life of the app: whoever asked for it may leave the screen meanwhile. What a
 * wallet that locks did not come to is done when it is open again; [interrupted] hears of that, to say so.
 */
class Revoking(
    private val consent: ConsentService,
    private val shares: ShareService,
    private val scope: CoroutineScope,
    private val interrupted: () -> Unit,
) {
    private val left = LinkedHashSet<GrantId>()
    private val leftShares = LinkedHashMap<ShareId, ShareAction>()
    private val order = Mutex()

    /** Ends these, each whatever becomes of the others, and returns what went wrong, if anything did. */
    suspend fun end(grants: List<GrantId>): Problem? = toTheEnd { endEach(grants) }

    /** Pauses, resumes or ends a share, once what was asked for before is done. */
    suspend fun change(share: ShareId, action: ShareAction): Outcome<Share> = toTheEnd { order.withLock { changeOne(share, action) } }

    /** Does what the wallet did not come to before it locked. */
    fun goOn() {
        val grants = left.toList()
        val actions = leftShares.toMap()
        forget()
        if (grants.isEmpty() && actions.isEmpty()) return
        scope.launch {
            withContext(NonCancellable) {
                endEach(grants)
                actions.forEach { (share, action) -> changeOne(share, action) }
            }
        }
    }

    /** There is no wallet any more in which it could be done. */
    fun forget() {
        left.clear()
        leftShares.clear()
    }

    private suspend fun <T> toTheEnd(call: suspend () -> T): T =
        scope.async(start = CoroutineStart.UNDISPATCHED) { withContext(NonCancellable) { call() } }.await()

    private suspend fun endEach(grants: List<GrantId>): Problem? {
        var failed: Problem? = null
        for (id in grants) {
            val problem = consent.revoke(id).problemOrNull() ?: continue
            failed = problem
            if (problem.isOfLock) left += id
        }
        if (left.isNotEmpty()) interrupted()
        return failed
    }

    private suspend fun changeOne(share: ShareId, action: ShareAction): Outcome<Share> {
        val outcome = shares.change(share, action)
        // What opens is not done behind the back of whoever unlocks.
        if (action != ShareAction.RESUME && outcome.problemOrNull()?.isOfLock == true) {
            leftShares[share] = action
            interrupted()
        }
        return outcome
    }
}

/** Whether the wallet locked before it came to it, or broke it off to lock: nothing else cancels what is done to its end. */
internal val Problem.isOfLock get() = this == Problem.Locked || code == "Cancelled"
