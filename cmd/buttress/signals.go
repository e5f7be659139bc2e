package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
)

// signals decides what Ctrl-C and the like do: they end what can be ended early,
// and else the program, which takes what it had half written with it. A nil one
// decides nothing, and the system does.
type signals struct {
	end func(os.Signal) // ends the program

	mu sync.Mutex
	// watching says that signals come here. They do once there is something to
	// take away.
	watching bool
	cancel   context.CancelFunc // what the next signal does, if not to end the program
	halves   map[int]func()     // take away what is half written
	last     int
}

// half says that something is half written, and how to take it away. The
// function that it returns says that it is no more.
func (s *signals) half(begin func() (takeAway func(), err error)) (whole func(), err error) {
	if s == nil {
		_, err := begin()
		return func() {}, err
	}
	s.watch()
	s.mu.Lock()
	defer s.mu.Unlock()
	takeAway, err := begin()
	if err != nil {
		return func() {}, err
	}
	s.last++
	id := s.last
	if s.halves == nil {
		s.halves = map[int]func(){}
	}
	s.halves[id] = takeAway
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.halves, id)
	}, nil
}

// interruptible returns a context that ends at the first Ctrl-C. At the second,
// or where there was none before the context is cancelled, the program ends.
func (s *signals) interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	s.watch()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cancel = cancel
	return ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.cancel = nil
		cancel()
	}
}

func (s *signals) watch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watching {
		return
	}
	s.watching = true
	sent := make(chan os.Signal, 2)
	signal.Notify(sent, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // it is by nohup
		signal.Notify(sent, syscall.SIGHUP)
	}
	go func() {
		for sig := range sent {
			s.take(sig)
		}
	}()
}

// take does what a signal asks for. While the program ends nothing new is begun:
// the lock is kept.
func (s *signals) take(sig os.Signal) {
	s.mu.Lock()
	if s.cancel != nil {
		s.cancel()
		s.cancel = nil
		s.mu.Unlock()
		return
	}
	for _, takeAway := range s.halves {
		takeAway()
	}
	s.end(sig)
}

// tempFile creates a file beside another one, whose name it will get. It has the
// mode that new files have.
func (s *signals) tempFile(beside string) (f *os.File, whole func(), err error) {
	dir, base := filepath.Split(beside)
	whole, err = s.half(func() (func(), error) {
		for i := 0; ; i++ {
			name := filepath.Join(dir, fmt.Sprintf(".%s.tmp-%d-%d", base, os.Getpid(), i))
			f, err = os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666) //nolint:gosec // as other programs do; the umask decides
			if !os.IsExist(err) {
				return func() { _ = os.Remove(name) }, err
			}
		}
	})
	return f, whole, err
}
