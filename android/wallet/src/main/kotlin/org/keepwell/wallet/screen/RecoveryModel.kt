package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.service.LockService
import org.keepwell.wallet.service.ReadWords

/** Where recovery stands. */
enum class RecoveryStep { WORDS, PASSPHRASE, NEW_PIN, REPEAT_PIN }

/** Opening the wallet with its recovery words; what is typed shows on the screen and in no text of this. */
data class RecoveryState(
    val step: RecoveryStep = RecoveryStep.WORDS,
    val words: String = "",
    /** What may have been meant by the word that is none. */
    val suggestions: List<String> = emptyList(),
    val passphrase: String = "",
    val pin: PinState = PinState(),
    val isBusy: Boolean = false,
    val problem: Problem? = null,
) {
    /** How many words were typed so far; numbers before them do not count. */
    val count get() = Written.findIn(words).count()

    /** Whether the passphrase begins or ends with a blank, which counts and is easily overlooked. */
    val hasOuterBlank get() = passphrase.trim() != passphrase

    /** Whether the words can be tried. */
    val canRead get() = !isBusy && Written.findIn(words).any()

    override fun toString() = "RecoveryState(step=$step, pin=$pin, isBusy=$isBusy, problem=$problem)"
}

/** What is done while recovering; texts say nothing, so that no log can. */
sealed interface RecoveryEvent {
    class TypeWords(val text: String) : RecoveryEvent {
        override fun toString() = "TypeWords(..)"
    }

    /** Puts a suggestion in the place of the word that is none. */
    class Take(val word: String) : RecoveryEvent {
        override fun toString() = "Take(..)"
    }

    class TypePassphrase(val text: String) : RecoveryEvent {
        override fun toString() = "TypePassphrase(..)"
    }

    class Pin(val event: PinEvent) : RecoveryEvent {
        override fun toString() = "Pin(..)"
    }

    data object Next : RecoveryEvent
    data object Back : RecoveryEvent
}

/**
 * Opens the wallet with its recovery words and sets a new PIN.
 *
 * Text goes as soon as its step is done: the words are then only where the wallet keeps them, until this is closed.
 */
class RecoveryModel(
    private val lock: LockService,
    private val leave: () -> Unit,
    scope: CoroutineScope,
) : ScreenModel<RecoveryState, RecoveryEvent>(RecoveryState(), scope) {
    private val entry = PinEntry(scope, { next -> change { it.copy(pin = next) } }, ::enter)
    private var read: ReadWords? = null
    private var newPin = ByteArray(0)
    private var isClosed = false

    override fun on(event: RecoveryEvent) {
        val now = state.value
        if (now.isBusy && event != RecoveryEvent.Back || now.pin.isChecking) return
        when (event) {
            is RecoveryEvent.TypeWords -> change { it.copy(words = event.text.take(LONGEST), suggestions = emptyList(), problem = null) }
            is RecoveryEvent.Take -> take(event.word)
            is RecoveryEvent.TypePassphrase -> change { it.copy(passphrase = event.text.take(LONGEST), problem = null) }
            is RecoveryEvent.Pin -> entry.on(event.event)
            RecoveryEvent.Next -> when (now.step) {
                RecoveryStep.WORDS -> if (now.canRead) read()
                RecoveryStep.PASSPHRASE -> change { it.copy(step = RecoveryStep.NEW_PIN, problem = null) }
                RecoveryStep.NEW_PIN, RecoveryStep.REPEAT_PIN -> Unit
            }
            RecoveryEvent.Back -> back(now.step)
        }
    }

    override fun close() {
        isClosed = true
        entry.close()
        forgetPin()
        read?.close()
        change { RecoveryState() }
    }

    private fun read() {
        val typed = state.value.words
        change { it.copy(isBusy = true, problem = null) }
        scope.launch {
            val text = typed.encodeToByteArray()
            try {
                when (val outcome = lock.readWords(text)) {
                    is Outcome.Done -> keep(outcome.value)
                    is Outcome.Failed -> {
                        val isUnknown = outcome.problem.code == "UnknownWord"
                        val suggestions = if (isUnknown) lock.suggestWords(text).orElse {} else null
                        change { it.copy(problem = outcome.problem, suggestions = suggestions.orEmpty()) }
                    }
                }
            } finally {
                text.fill(0)
                change { it.copy(isBusy = false) }
            }
        }
    }

    private fun keep(words: ReadWords) {
        if (isClosed) return words.close()
        read = words
        change { it.copy(step = RecoveryStep.PASSPHRASE, words = "", suggestions = emptyList()) }
    }

    private fun take(word: String) {
        val position = (state.value.problem as? Problem.WordsUnreadable)?.position ?: return
        val place = Written.findIn(state.value.words).elementAtOrNull(position - 1)?.range ?: return
        change { it.copy(words = it.words.replaceRange(place, word), suggestions = emptyList(), problem = null) }
    }

    private suspend fun enter(pin: ByteArray): Outcome<*> {
        if (state.value.step == RecoveryStep.NEW_PIN) {
            newPin = pin.copyOf()
            change { it.copy(step = RecoveryStep.REPEAT_PIN) }
            return Outcome.Done(Unit)
        }
        val areAlike = newPin.contentEquals(pin)
        forgetPin()
        return if (areAlike) unlock(pin) else chooseAgain(Problem.PinsDiffer)
    }

    private suspend fun unlock(pin: ByteArray): Outcome<*> {
        val words = read ?: return chooseAgain(Problem.Locked)
        val passphrase = state.value.passphrase.encodeToByteArray()
        val outcome = try {
            words.unlock(passphrase, pin)
        } finally {
            passphrase.fill(0)
        }
        if (outcome !is Outcome.Failed) return outcome
        return when (outcome.problem) {
            Problem.WrongWords, Problem.PassphraseTooLong -> {
                change { it.copy(step = RecoveryStep.PASSPHRASE, problem = outcome.problem) }
                Outcome.Done(Unit)
            }
            // The words are here: what asks for them would lead in a circle.
            else -> chooseAgain(if (outcome.problem.needsWords) Problem.Other(outcome.problem.code) else outcome.problem)
        }
    }

    private fun chooseAgain(problem: Problem): Outcome<*> {
        change { it.copy(step = RecoveryStep.NEW_PIN) }
        return Outcome.Failed(problem)
    }

    private fun back(from: RecoveryStep) {
        entry.clear()
        when (from) {
            RecoveryStep.WORDS -> leave()
            RecoveryStep.PASSPHRASE -> {
                read?.close()
                read = null
                change { RecoveryState() }
            }
            RecoveryStep.NEW_PIN -> change { it.copy(step = RecoveryStep.PASSPHRASE) }
            RecoveryStep.REPEAT_PIN -> {
                forgetPin()
                change { it.copy(step = RecoveryStep.NEW_PIN) }
            }
        }
    }

    private fun forgetPin() {
        newPin.fill(0)
        newPin = ByteArray(0)
    }

    private companion object {
        /** Far more than 24 words or a passphrase can be, whatever stands in the clipboard. */
        const val LONGEST = 4096
    }
}
