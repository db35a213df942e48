package main

func (b *bench) hanging() error    { return nil }
func (b *bench) detection() error  { return nil }
func (b *bench) saturation() error { return nil }
