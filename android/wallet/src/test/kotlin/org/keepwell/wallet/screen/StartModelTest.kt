package org.keepwell.wallet.screen

import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.seconds
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeConnection
import org.keepwell.wallet.fake.FakeStart
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Todo

class StartModelTest {
    private var ended = 0

    private fun Bench.model(offered: String? = null) = StartModel(wallet.start, offered, { ended++ }, scope).also { it.on(StartEvent.Next) }

    private fun Bench.atQuiz(offered: String? = null) = model(offered).also { model ->
        model.on(StartEvent.New)
        settle()
        repeat(4) { checkNotNull(model.shownWords).on(ShownWordsEvent.NEXT) }
        settle()
        assertEquals(StartStep.QUIZ, model.state.value.step)
    }

    private fun Bench.answer(model: StartModel, vararg words: String) {
        val quiz = checkNotNull(model.quiz)
        words.forEachIndexed { at, word -> quiz.on(QuizEvent.Type(at, word)) }
        quiz.on(QuizEvent.Check)
        settle()
    }

    private fun Bench.answerRight(model: StartModel) = answer(model, "canyon", " Ribbon ", "drift")

    private fun Bench.pin(model: StartModel, pin: String) {
        enter(pin) { checkNotNull(model.newPin).on(NewPinEvent.Key(it)) }
        settle()
    }

    private fun Bench.pinTwice(model: StartModel, pin: String = PIN) = repeat(2) { pin(model, pin) }

    private fun Bench.atPassphrase() = model().also { model ->
        model.on(StartEvent.HaveWords)
        val typed = checkNotNull(model.typedWords)
        typed.on(TypedWordsEvent.Type(0, FakeWallet.WORDS.joinToString(" ")))
        typed.on(TypedWordsEvent.Next)
        settle()
        assertEquals(StartStep.PASSPHRASE, model.state.value.step)
    }

    private fun Bench.atConnection() = atPassphrase().also { model ->
        model.on(StartEvent.Next)
        pinTwice(model)
        assertEquals(StartStep.CONNECTION, model.state.value.step)
    }

    @Test
    fun `a new wallet is made of words that were shown, asked for, and a PIN, and is connected when the person says so`() = onEmptyBench {
        wallet.start.builtInConnection = FakeConnection("host.example.org")
        val model = atQuiz()
        answerRight(model)
        assertEquals(StartStep.NEW_PIN, model.state.value.step)
        pinTwice(model)
        assertEquals(listOf(StartStep.CONNECTION), model.state.value.path)
        assertTrue(wallet.lock.isUnlocked.value)
        assertFalse(wallet.start.isConnected)
        checkNotNull(model.connection).on(ConnectionEvent.Accept)
        settle()
        assertEquals(StartStep.DONE, model.state.value.step)
        assertTrue(model.state.value.isConnected && model.state.value.areWordsChecked)
        assertTrue(wallet.start.isConnected)
        model.on(StartEvent.Next)
        assertEquals(1, ended)
    }

    @Test
    fun `what was put off stays to be done`() = onEmptyBench {
        wallet.start.builtInConnection = FakeConnection("host.example.org")
        val model = atQuiz()
        model.on(StartEvent.CheckLater)
        pinTwice(model)
        checkNotNull(model.connection).on(ConnectionEvent.Later)
        assertEquals(StartStep.DONE, model.state.value.step)
        assertFalse(model.state.value.isConnected || model.state.value.areWordsChecked)
        val home = HomeModel(wallet, navigator, clock, scope)
        settle()
        assertEquals(listOf(Todo.CheckWords, Todo.Connect, Todo.AddRecords), home.state.value.todo)
    }

    @Test
    fun `without servers to ask about the phone works on its own`() = onEmptyBench {
        val model = atQuiz()
        answerRight(model)
        pinTwice(model)
        assertEquals(listOf(StartStep.DONE), model.state.value.path)
    }

    @Test
    fun `servers that do not answer leave a wallet that works, and another try`() = onEmptyBench {
        wallet.start.builtInConnection = FakeConnection("host.example.org")
        val model = atQuiz()
        answerRight(model)
        pinTwice(model)
        wallet.isOnline = false
        checkNotNull(model.connection).on(ConnectionEvent.Accept)
        settle()
        assertEquals(Problem.Offline, model.connection?.state?.value?.problem)
        wallet.isOnline = true
        checkNotNull(model.connection).on(ConnectionEvent.Accept)
        settle()
        assertTrue(model.state.value.isConnected)
    }

    @Test
    fun `wrong answers make no wallet and lead back to the same words`() = onEmptyBench {
        val model = atQuiz()
        answer(model, "canyon", "ribbon", "drifts")
        assertEquals(Problem.QuizFailed, model.quiz?.state?.value?.problem)
        model.on(StartEvent.Back)
        assertEquals(StartStep.SHOW_WORDS, model.state.value.step)
        assertNull(model.quiz)
        val shown = checkNotNull(model.shownWords).state.value
        assertEquals(FakeWallet.WORDS.drop(18), shown.shown.map { it.second })
        assertEquals(19, shown.shown.first().first)
        repeat(4) { model.on(StartEvent.Back) }
        assertEquals(StartStep.ABOUT_WORDS, model.state.value.step)
        assertEquals(1, wallet.wordsHeld)
        model.close()
        assertEquals(0, wallet.wordsHeld)
    }

    @Test
    fun `PINs that differ or are guessed at once are chosen again, and no wallet is made of them`() = onEmptyBench {
        val model = atQuiz()
        answerRight(model)
        pin(model, PIN)
        pin(model, "593818")
        assertEquals(Problem.PinsDiffer, model.newPin?.state?.value?.pad?.problem)
        pinTwice(model, "000000")
        assertEquals(Problem.PinUnsuitable("PinGuessable"), model.newPin?.state?.value?.pad?.problem)
        assertEquals(false, wallet.start.hasWallet.value)
        pin(model, PIN)
        model.on(StartEvent.Back)
        assertEquals(NewPinState(), model.newPin?.state?.value)
        pinTwice(model)
        assertEquals(true, wallet.start.hasWallet.value)
    }

    @Test
    fun `words bring back what there is, with its progress and what is missing`() = onEmptyBench {
        wallet.start.builtInConnection = FakeConnection("host.example.org")
        wallet.start.missing = FakeStart.SOME_MISSING
        val model = atConnection()
        checkNotNull(model.connection).on(ConnectionEvent.Accept)
        test.testScheduler.advanceTimeBy(5.seconds)
        settle()
        assertEquals(0.5f, model.state.value.progress?.share)
        assertFalse(wallet.lock.isUnlocked.value)
        test.testScheduler.advanceTimeBy(6.seconds)
        settle()
        assertEquals(FakeStart.SOME_MISSING, model.state.value.report?.missing)
        assertTrue(wallet.lock.isUnlocked.value)
        assertEquals(0, wallet.wordsHeld)
    }

    @Test
    fun `a restore that is broken off leaves nothing and can be done again`() = onEmptyBench {
        wallet.start.builtInConnection = FakeConnection("host.example.org")
        val model = atConnection()
        repeat(2) { time ->
            checkNotNull(model.connection).on(ConnectionEvent.Accept)
            test.testScheduler.advanceTimeBy(5.seconds)
            settle()
            if (time == 0) model.on(StartEvent.Back)
            settle()
            if (time == 0) assertEquals(StartStep.CONNECTION, model.state.value.step)
        }
        assertEquals(false, wallet.start.hasWallet.value)
        test.testScheduler.advanceTimeBy(6.seconds)
        settle()
        assertEquals(StartStep.REPORT, model.state.value.step)
        assertFalse(wallet.safety.isOn)
        model.on(StartEvent.UseBiometrics)
        settle()
        assertTrue(model.state.value.hasBiometrics && wallet.safety.isOn)
    }

    @Test
    fun `out of sight the proof of the owner goes at the end of the journey, and the offer with it`() = onEmptyBench {
        wallet.start.builtInConnection = FakeConnection("host.example.org")
        val model = atConnection()
        checkNotNull(model.connection).on(ConnectionEvent.Accept)
        test.testScheduler.advanceTimeBy(11.seconds)
        settle()
        assertEquals(1 to true, wallet.start.proofs to model.state.value.hasProof)
        model.hide()
        assertEquals(0 to false, wallet.start.proofs to model.state.value.hasProof)
        assertEquals(StartStep.REPORT to false, model.state.value.run { step to (report == null) })
        model.on(StartEvent.UseBiometrics)
        settle()
        assertFalse(model.state.value.hasBiometrics || wallet.safety.isOn)
    }

    @Test
    fun `out of sight a new wallet can still be connected, and no finger switched on once that is answered`() = onEmptyBench {
        wallet.start.builtInConnection = FakeConnection("host.example.org")
        val model = atQuiz()
        answerRight(model)
        pinTwice(model)
        model.hide()
        checkNotNull(model.connection).on(ConnectionEvent.Accept)
        settle()
        assertEquals(StartStep.DONE to true, model.state.value.run { step to isConnected })
        assertEquals(1 to true, wallet.start.proofs to model.state.value.hasProof)
        model.hide()
        assertEquals(0 to false, wallet.start.proofs to model.state.value.hasProof)
    }

    @Test
    fun `another passphrase finds nothing and is asked again, an unreached host is tried again`() = onEmptyBench {
        wallet.start.builtInConnection = FakeConnection("host.example.org")
        val model = atPassphrase()
        model.on(StartEvent.TypePassphrase("sesame "))
        assertTrue(model.state.value.hasOuterBlank)
        model.on(StartEvent.Next)
        pinTwice(model)
        checkNotNull(model.connection).on(ConnectionEvent.Accept)
        settle()
        assertEquals(StartStep.PASSPHRASE to Problem.NothingToRestore, model.state.value.run { step to problem })
        model.on(StartEvent.TypePassphrase(""))
        model.on(StartEvent.Next)
        pinTwice(model)
        wallet.isOnline = false
        checkNotNull(model.connection).on(ConnectionEvent.Accept)
        settle()
        assertEquals(StartStep.CONNECTION, model.state.value.step)
        assertEquals(Problem.Offline, model.connection?.state?.value?.problem)
    }

    @Test
    fun `a restore needs servers, which a code names and nobody asks before the person says so`() = onEmptyBench {
        val model = atConnection()
        val connection = checkNotNull(model.connection)
        assertFalse(connection.state.value.mayWait)
        connection.on(ConnectionEvent.Later)
        connection.on(ConnectionEvent.Accept)
        connection.on(ConnectionEvent.Scan)
        connection.on(ConnectionEvent.Read("https://example.org"))
        settle()
        assertEquals(Problem.ConnectionUnreadable, connection.state.value.problem)
        connection.on(ConnectionEvent.Read(FakeStart.CODE + "host.example.net"))
        settle()
        assertEquals("host.example.net", connection.state.value.names?.host)
        assertEquals(StartStep.CONNECTION, model.state.value.step)
        connection.on(ConnectionEvent.Accept)
        test.testScheduler.advanceTimeBy(11.seconds)
        settle()
        assertEquals(StartStep.REPORT, model.state.value.step)
    }

    @Test
    fun `a connection that was offered is asked about in place of the app's own`() = onEmptyBench {
        wallet.start.builtInConnection = FakeConnection("host.example.org")
        val model = atQuiz(FakeStart.CODE + "host.example.net")
        answerRight(model)
        pinTwice(model)
        assertEquals("host.example.net", model.connection?.state?.value?.names?.host)
        assertFalse(wallet.start.isConnected)
    }

    @Test
    fun `every array is overwritten, and nothing that was typed or shown is left or printed`() = onEmptyBench {
        wallet.start.builtInConnection = FakeConnection("host.example.org")
        val model = atPassphrase()
        model.on(StartEvent.TypePassphrase("sesame"))
        model.on(StartEvent.Next)
        pinTwice(model)
        assertFalse("sesame" in model.state.value.toString())
        checkNotNull(model.connection).on(ConnectionEvent.Accept)
        settle()
        model.close()
        val other = atQuiz()
        val shown = checkNotNull(other.shownWords)
        answerRight(other)
        for (text in listOf(shown.state.value.toString(), checkNotNull(other.quiz).state.value.toString())) assertFalse("canyon" in text, text)
        pinTwice(other)
        other.close()
        assertEquals(ShownWordsState(), shown.state.value)
        assertEquals(StartState(), other.state.value)
        assertTrue(wallet.texts.size >= 5 && wallet.pins.size >= 2)
        for (handed in wallet.texts + wallet.pins) assertContentEquals(ByteArray(handed.size), handed)
        assertEquals(0, wallet.wordsHeld)
    }

    private companion object {
        const val PIN = "593817"
    }
}
