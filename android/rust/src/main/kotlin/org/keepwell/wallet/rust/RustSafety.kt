package org.keepwell.wallet.rust

import kotlin.time.toJavaDuration
import kotlin.time.toKotlinDuration
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.withContext
import org.keepwell.Authentication
import org.keepwell.Pin
import org.keepwell.Wallet
import org.keepwell.wallet.model.AtRisk
import org.keepwell.wallet.model.AutoLock
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.Deed
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Printout
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.service.Export
import org.keepwell.wallet.service.PinChange
import org.keepwell.wallet.service.SafetyService
import org.keepwell.withAuthentication

/** What keeps the owner safe, over the library; [unlocked] when a finger or a face may have opened the wallet, or it has locked, [ended] when it was erased, or was to be. */
internal class RustSafety(
    private val wallet: RustWallet,
    private val unlocked: (Wallet) -> Unit,
    private val ended: suspend () -> Unit,
) : SafetyService {
    override suspend fun hasBiometrics() = wallet.asking { it.hasBiometrics() }

    override suspend fun enableBiometrics(pin: ByteArray): Outcome<Unit> = wallet.asking(Deed.SWITCH_ON_BIOMETRICS) {
        Pin(pin).use { typed ->
            it.withAuthentication(typed) { authentication -> aboutBiometrics(outcome { it.enableBiometrics(authentication) }) }
        }
    }.flat()

    override suspend fun disableBiometrics() = wallet.asking { it.disableBiometrics() }

    override suspend fun unlockWithBiometrics() = aboutBiometrics(
        wallet.asking(Deed.OPEN) {
            it.unlockWithBiometrics()
            unlocked(it)
        },
    )

    override suspend fun beginPinChange(pin: ByteArray): Outcome<PinChange> =
        wallet.asking(Deed.CHANGE_PIN) { LibraryPinChange(it, Pin(pin).use { typed -> it.unlock(typed) }, wallet::aside) }

    override suspend fun beginExport(pin: ByteArray): Outcome<Export> =
        wallet.asking(Deed.SAVE_RECORDS) { RustExport(it, Pin(pin).use { typed -> it.unlock(typed) }, wallet::aside) }

    override suspend fun pages(pin: ByteArray, categories: Set<Category>): Outcome<Printout> {
        val made = wallet.asking(Deed.PRINT_RECORDS) {
            Pin(pin).use { typed -> it.withAuthentication(typed) { authentication -> it.renderedPdf(authentication, categories.toScopes()) } }
        }
        return when (made) {
            is Outcome.Failed -> made
            is Outcome.Done -> made.value?.let { Outcome.Done(Printout(it)) } ?: Outcome.Failed(Problem.Unprintable)
        }
    }

    override suspend fun autoLock() = wallet.asking {
        val set = it.autoLock()
        AutoLock(set.inFront?.toKotlinDuration(), set.inBackground?.toKotlinDuration())
    }

    override suspend fun setAutoLock(after: AutoLock) =
        wallet.asking { it.setAutoLock(after.inFront?.toJavaDuration(), after.inBackground?.toJavaDuration()) }

    override suspend fun panicLock() = wallet.asking {
        try {
            it.panicLock()
        } finally {
            unlocked(it)
        }
    }

    override suspend fun isConnected() = wallet.asking { it.ledgerStatus() != null }

    override suspend fun atRisk() = wallet.asking {
        val status = it.status()
        with(status.atRisk) { AtRisk(records.toLong(), decisions.toLong(), it.ledgerStatus() != null, status.wordsVerified) }
    }

    override suspend fun erase(pin: ByteArray): Outcome<Unit> = withContext(NonCancellable) {
        // A wrong PIN ends nothing.
        wallet.asking(Deed.ERASE) { it to Pin(pin).use { typed -> it.unlock(typed) } }.then { (opened, authentication) ->
            authentication.use { proof -> ending { opened.erase(proof) } }
        }
    }

    override suspend fun eraseWithoutPin(): Outcome<Unit> = withContext(NonCancellable) {
        wallet.asking { it }.then { opened -> ending { opened.eraseUnauthenticated() } }
    }

    /** Whatever comes of it, this instance is let go of: opening the folder again finishes it, or has the wallet as before. */
    private suspend fun ending(erase: suspend () -> Unit): Outcome<Unit> {
        val outcome = outcome { erase() }
        ended()
        return if (outcome is Outcome.Failed) Outcome.Failed(Problem.EraseFailed(outcome.problem.code)) else outcome
    }

    private suspend fun <T> Outcome<T>.then(next: suspend (T) -> Outcome<Unit>): Outcome<Unit> = when (this) {
        is Outcome.Done -> next(value)
        is Outcome.Failed -> this
    }

    private suspend fun Outcome<Outcome<Unit>>.flat(): Outcome<Unit> = then { it }
}

/** The wallet's owner, who has just typed the old PIN. */
private class LibraryPinChange(
    private val wallet: Wallet,
    private val authentication: Authentication,
    private val aside: (() -> Unit) -> Unit,
) : PinChange {
    private var isClosed = false

    override suspend fun change(newPin: ByteArray): Outcome<Unit> =
        if (isClosed) Outcome.Failed(Problem.Locked) else outcome { Pin(newPin).use { wallet.changePin(authentication, it) } }

    // A change that is being made holds it, which takes a second on an old phone.
    override fun close() {
        if (isClosed) return
        isClosed = true
        aside { authentication.use { it.void() } }
    }
}

/** Where the phone's key for fingers and faces does not work, it is because there is none to ask for. */
internal fun aboutBiometrics(outcome: Outcome<Unit>): Outcome<Unit> = when {
    outcome is Outcome.Failed && outcome.problem.code == Problem.BiometricsUnavailable.code -> Outcome.Failed(Problem.BiometricsUnavailable)
    else -> outcome
}
