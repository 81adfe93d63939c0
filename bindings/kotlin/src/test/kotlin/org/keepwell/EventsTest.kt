package org.keepwell

import java.nio.file.Path
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertNotEquals
import kotlin.test.assertNull
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.io.TempDir

class EventsTest {
    @TempDir lateinit var folder: Path

    @Test
    fun `ten thousand events come in order, none lost, past a collector that is slower`() = runBlocking {
        val (wallet, _) = newWallet(folder)
        val collected = async(Dispatchers.Default, CoroutineStart.UNDISPATCHED) { wallet.events().take(10_000).toList() }
        val began = System.nanoTime()
        tellEvents(wallet, 10_000u)
        val expected = List(10_000) { Event.ImportProgress(it.toULong()) }
        assertEquals<List<Event>>(expected, collected.await())
        println("10,000 events in ${(System.nanoTime() - began) / 1_000_000} ms")
        wallet.release()
    }

    // Row 107: on another thread, calling the wallet, throwing.
    @Test
    fun `an observer is told on another thread, may call the wallet, and may throw`() = runBlocking {
        val (wallet, _) = newWallet(folder)
        val heard = LinkedBlockingQueue<Any>()
        val throws = wallet.subscribe(object : Observer {
            override fun onEvents(events: List<Event>) = throw IllegalArgumentException("an observer's own fault")
        })
        val asks = wallet.subscribe(object : Observer {
            override fun onEvents(events: List<Event>) {
                heard += events.single()
                heard += Thread.currentThread()
                heard += runBlocking { runCatching { wallet.status().records }.getOrElse { (it as WalletException).code() } }
            }
        })
        fun next(): Any? = heard.poll(60, TimeUnit.SECONDS)
        wallet.lock()
        assertEquals(Event.Locked(LockReason.ASKED), next())
        assertNotEquals<Any?>(Thread.currentThread(), next())
        assertEquals("Locked", next())
        wallet.unlock(pin()).close()
        assertEquals(Event.Unlocked, next())
        next()
        assertEquals(0uL, next())

        throws.cancel()
        asks.use { repeat(2) { _ -> it.cancel() } }
        wallet.lock()
        assertNull(heard.poll(500, TimeUnit.MILLISECONDS))
        wallet.release()
    }

    @Test
    fun `a fault and the release are told as reasons for locking`() = runBlocking {
        val (wallet, _) = newWallet(folder)
        val all = async(Dispatchers.Default, CoroutineStart.UNDISPATCHED) { wallet.events().take(3).toList() }
        runCatching { triggerPanic(wallet) }
        wallet.unlock(pin()).close()
        wallet.release()
        assertEquals(listOf(Event.Locked(LockReason.FAULT), Event.Unlocked, Event.Locked(LockReason.RELEASED)), all.await())
    }

    @Test
    fun `events and lists end with the wallet, also where it is locked then`() = runBlocking {
        val (wallet, _) = newWallet(folder)
        val lists = async(Dispatchers.Default, CoroutineStart.UNDISPATCHED) { wallet.grantUpdates().toList() }
        wallet.lock()
        val events = async(Dispatchers.Default, CoroutineStart.UNDISPATCHED) { wallet.events().toList() }
        val shares = async(Dispatchers.Default, CoroutineStart.UNDISPATCHED) { wallet.shareUpdates().toList() }
        wallet.release()
        assertEquals(listOf<Event>(Event.Locked(LockReason.RELEASED)), events.await())
        assertEquals(emptyList<List<ShareSummary>>(), shares.await(), "it was locked all the time")
        assertEquals(listOf(emptyList<GrantView>()), lists.await())
        assertEquals(emptyList<List<GrantView>>(), wallet.grantUpdates().toList())
    }

    @Test
    fun `a list of grants is told again when one is made, ended, or proved`() = runBlocking {
        waitForClinic(folder.resolve("other"))
        val (wallet, authentication) = newWallet(folder.resolve("own"))
        wallet.connect(authentication, ServerProcesses.servers())
        val told = LinkedBlockingQueue<List<GrantState>>()
        val following = launch(Dispatchers.Default, CoroutineStart.UNDISPATCHED) {
            wallet.grantUpdates().collect { grants -> told += grants.map { it.state } }
        }
        fun next() = told.poll(60, TimeUnit.SECONDS)
        assertEquals(emptyList<GrantState>(), next())
        val request = GrantRequest(ProviderSelection.ByName(ServerProcesses.clinicName), Scope(listOf(RecordCategory.ALLERGIES)), 30.days)
        val grant = wallet.grant(authentication, request)
        assertEquals(listOf(GrantState.PENDING), next())
        wallet.sync(60.seconds)
        assertEquals(listOf(GrantState.ACTIVE), next())
        wallet.revoke(grant.grant)
        assertEquals(listOf(GrantState.REVOKING), next())
        wallet.release()
        following.join()
    }

    @Test
    fun `ending the collection ends the subscription`() = runBlocking {
        val (wallet, _) = newWallet(folder)
        repeat(20) {
            val first = async(Dispatchers.Default, CoroutineStart.UNDISPATCHED) { wallet.events().first() }
            tellEvents(wallet, 100u)
            assertEquals(Event.ImportProgress(0u), first.await())
        }
        wallet.release()
    }
}
